package dev.millrace.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.MongoNamespace;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;

/** Copied rows and their marks among events. */
class SinkImageTest {
  private static final MongoNamespace ORDERS = new MongoNamespace("shop", "orders");

  private final SinkImage image = new SinkImage();

  private void row(String generation, int at, String document) {
    apply("read", at, document, "_id: {_copy: '" + generation + "'},");
  }

  private void event(String operation, int at, String document) {
    apply(operation, at, document, "");
  }

  private void apply(String operation, int at, String document, String more) {
    BsonDocument full = BsonDocument.parse(document);
    BsonDocument event =
        BsonDocument.parse(
            "{%s operationType: '%s', clusterTime: {$timestamp: {t: %d, i: 1}}, ns: {db: 'shop', coll: 'orders'}}"
                .formatted(more, operation, at));
    event.append("documentKey", new BsonDocument("_id", full.get("_id")));
    if (!operation.equals("delete")) {
      event.append("fullDocument", full);
    }
    image.apply(event);
  }

  private void mark(String operation) {
    image.apply(
        BsonDocument.parse(
            "{operationType: '%s', ns: {db: 'shop', coll: 'orders'}}".formatted(operation)));
  }

  private void assertFaults(int duplicates, int outOfOrder) {
    assertThat(image.duplicates()).isEqualTo(duplicates);
    assertThat(image.outOfOrder()).isEqualTo(outOfOrder);
  }

  @Test
  void rowsAndLaterEventsAreInOrder() {
    row("g", 5, "{_id: 1}");
    event("update", 6, "{_id: 1, n: 2}");
    event("update", 6, "{_id: 1, n: 3}");
    event("insert", 7, "{_id: 2}");
    event("delete", 8, "{_id: 3}");
    row("g", 8, "{_id: 2}");
    row("g", 9, "{_id: 4}");
    assertFaults(0, 0);
    assertThat(image.size(ORDERS)).isEqualTo(3);
  }

  @Test
  void aRowBehindANewerEventIsOutOfOrderAlsoWhereThatDeleted() {
    event("delete", 7, "{_id: 1}");
    row("g", 6, "{_id: 1}");
    row("g", 9, "{_id: 2}");
    event("update", 9, "{_id: 2}");
    assertFaults(0, 2);
  }

  @Test
  void aRowFromBeforeADropIsOutOfOrder() {
    event("drop", 7, "{_id: 1}");
    row("g", 6, "{_id: 1}");
    row("h", 8, "{_id: 2}");
    assertFaults(0, 1);
  }

  @Test
  void aRowTwiceInOneGenerationIsADuplicate() {
    row("g", 5, "{_id: 1}");
    row("g", 6, "{_id: 1.0}");
    row("h", 7, "{_id: 1}");
    assertFaults(1, 0);
  }

  @Test
  void aSweepTakesWhatTheCopyDidNotTouch() {
    for (int id = 1; id <= 5; id++) {
      event("insert", id, "{_id: %d}".formatted(id));
    }
    mark("swept");
    assertThat(image.size(ORDERS)).isEqualTo(5);
    mark("reset");
    row("h", 9, "{_id: 1}");
    event("update", 10, "{_id: 2}");
    event("delete", 10, "{_id: 3}");
    event("insert", 10, "{_id: 6}");
    assertThat(image.size(ORDERS)).isEqualTo(5);
    mark("swept");
    assertThat(image.documents(ORDERS)).containsOnlyKeys("1", "2", "6");
    mark("swept");
    assertThat(image.size(ORDERS)).isEqualTo(3);
    assertFaults(0, 0);
  }

  @Test
  void aCopyThatBeginsAgainSweepsWhatItTouchedOnlyBefore() {
    row("g", 1, "{_id: 1}");
    row("g", 1, "{_id: 2}");
    mark("reset");
    row("h", 9, "{_id: 1}");
    mark("reset");
    row("i", 11, "{_id: 2}");
    mark("swept");
    assertThat(image.documents(ORDERS)).containsOnlyKeys("2");
  }
}
