package dev.millrace.sink.crate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.config.SinkConfig;
import dev.millrace.config.SinkConfig.CrateObjects;
import dev.millrace.config.SinkConfig.OnMisfit;
import dev.millrace.letters.Address;
import dev.millrace.letters.DeadLetter;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.letters.Which;
import dev.millrace.model.Change;
import dev.millrace.model.CommitPoint;
import dev.millrace.model.Generation;
import dev.millrace.model.RawValue;
import dev.millrace.sink.Sink;
import dev.millrace.table.TableView;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Dead letters in a CrateDB: when they end, and how a person sees them. */
class CrateDeadLettersTest extends CrateFixture {
  private Sink sink;

  @BeforeEach
  void start() {
    sink = reopened();
    deliver(sink, source.insert(ORDERS, json("{_id: 0, n: 1}")));
  }

  private Sink reopened() {
    return started(CrateObjects.DYNAMIC, OnMisfit.DEAD_LETTER);
  }

  private DeadLetterBox box() {
    SinkConfig.Crate config = crate.config();
    return CrateSink.letters(config, "orders");
  }

  private Change bad(int id) {
    return source.insert(ORDERS, json("{_id: %d, n: 'x'}".formatted(id)));
  }

  private List<String> ids() {
    try (DeadLetterBox box = box()) {
      List<DeadLetter> letters = box.page(Which.ALL, Optional.empty(), 1_000);
      assertThat(box.count(Which.ALL)).isEqualTo(letters.size());
      return letters.stream().map(letter -> letter.namespace() + " " + letter.id()).toList();
    }
  }

  @Test
  void oneEndsWithALaterStateThatFitsAndWithItsDocument() {
    deliver(sink, bad(1), bad(2), bad(3), bad(4));
    assertThat(sink.deadLetters()).isEqualTo(4);
    deliver(
        sink,
        source.update(ORDERS, json("{_id: 1, n: 2}")),
        source.delete(ORDERS, new BsonInt32(2)),
        source.update(ORDERS, json("{_id: 3, n: 'y'}")));
    assertThat(sink.deadLetters()).isEqualTo(2);
    assertThat(ids()).containsExactly("shop.orders 3", "shop.orders 4");
    // Whoever starts anew knows of them.
    sink = reopened();
    assertThat(sink.deadLetters()).isEqualTo(2);
    deliver(
        sink,
        new Change.Renewed(
            ORDERS, RawValue.of(new BsonInt32(3)), RawValue.of(json("{_id: 3, n: 5}")), 1),
        new Change.Renewed(ORDERS, RawValue.of(new BsonInt32(4)), null, 1));
    assertThat(ids()).isEmpty();
    assertThat(sink.deadLetters()).isZero();
    assertHolds(ORDERS, json("{_id: 0, n: 1}"), json("{_id: 1, n: 2}"), json("{_id: 3, n: 5}"));
  }

  @Test
  void whatIsDeliveredAgainLeavesANewerOneAlone() {
    Change older = source.insert(ORDERS, json("{_id: 1, n: 2}"));
    Change newer = source.update(ORDERS, json("{_id: 1, n: 'x'}"));
    deliver(sink, older);
    deliver(sink, newer);
    deliver(reopened(), older);
    assertThat(ids()).containsExactly("shop.orders 1");
  }

  /** The row is written and its letter not removed yet: a crash came between. */
  @Test
  void whoComparesKnowsThatOneIsOver() {
    deliver(sink, bad(1), bad(2));
    String table = crate.quoted(DeadLetters.NAME);
    crate.run("REFRESH TABLE " + table);
    List<String> letter =
        crate.query("SELECT version, code FROM " + table + " WHERE id = '1'").getFirst();
    deliver(sink, source.update(ORDERS, json("{_id: 1, n: 2}")));
    try (TableView view = CrateSink.view(crate.config(), "orders")) {
      assertThat(view.deadLetters(ORDERS, List.of("0", "1", "2"))).containsExactly("2");
      crate.run(
          "INSERT INTO %s (pipeline, database_name, collection_name, id, version, code) VALUES (?, ?, ?, ?, ?, ?)"
              .formatted(table),
          "orders",
          ORDERS.database(),
          ORDERS.collection(),
          "1",
          letter.get(0),
          letter.get(1));
      assertThat(view.deadLetters(ORDERS, List.of("0", "1", "2"))).containsExactly("2");
    }
  }

  @Test
  void theyGoAndMoveWithTheirCollection() {
    deliver(sink, bad(1), source.insert(ITEMS, json("{_id: 1, n: 1}")));
    deliver(sink, source.insert(ITEMS, json("{_id: 9, n: 'x'}")));
    assertThat(ids()).containsExactly("shop.items 9", "shop.orders 1");
    Change rename = source.rename(ORDERS, ITEMS);
    deliver(sink, rename);
    assertThat(ids()).containsExactly("shop.items 1");
    assertThat(sink.deadLetters()).isEqualTo(1);
    deliver(reopened(), rename);
    assertThat(ids()).containsExactly("shop.items 1");
    deliver(sink, source.drop(ITEMS));
    assertThat(ids()).isEmpty();
  }

  @Test
  void aCopySweepsThoseOfWhatIsGone() {
    deliver(sink, bad(1), bad(2));
    Generation next = source.generation();
    source.highWater();
    deliver(
        sink,
        new Change.Reset(ORDERS, next),
        source.read(ORDERS, json("{_id: 2, n: 'x'}"), next),
        new Change.Swept(ORDERS, next));
    assertThat(ids()).containsExactly("shop.orders 2");
  }

  @Test
  void aPersonReadsAndDiscardsThem() {
    String odd = "x' OR 'a'='a";
    deliver(
        sink, bad(1), source.insert(ORDERS, json("{n: 'x'}").append("_id", new BsonString(odd))));
    try (DeadLetterBox box = box()) {
      DeadLetter found = box.find(new Address(ORDERS, "1")).orElseThrow();
      assertThat(found.key()).contains(new BsonInt32(1));
      assertThat(found.code()).isEqualTo("MR-CRATE-MISFIT");
      assertThat(found.document()).isEqualTo("{\"_id\": 1, \"n\": \"x\"}");
      List<DeadLetter> seen = box.page(Which.ALL, Optional.empty(), 10);
      assertThat(seen).extracting(DeadLetter::id).containsExactly("1", odd);
      deliver(sink, source.update(ORDERS, json("{_id: 1, n: 'y'}")));
      assertThat(box.discard(seen)).isEqualTo(1);
      assertThat(box.discard(seen)).isZero();
    }
    assertThat(ids()).containsExactly("shop.orders 1");
    deliver(sink, new Change.Committed(new CommitPoint(source.time(), true, "", List.of())));
    assertThat(sink.deadLetters()).isEqualTo(1);
  }

  @Test
  void aThousandComeByPages() {
    List<Change> changes = new ArrayList<>();
    for (int i = 1; i <= 1_000; i++) {
      changes.add(bad(i));
    }
    deliver(sink, changes.toArray(Change[]::new));
    List<Address> seen = new ArrayList<>();
    try (DeadLetterBox box = box()) {
      List<DeadLetter> page;
      do {
        Optional<Address> after = seen.isEmpty() ? Optional.empty() : Optional.of(seen.getLast());
        page = box.page(Which.ALL, after, 300);
        page.forEach(letter -> seen.add(letter.address()));
      } while (page.size() == 300);
    }
    assertThat(seen).hasSize(1_000).doesNotHaveDuplicates();
  }

  @Test
  void whatIsNoDocumentIsOneToo() {
    deliver(sink, source.malformed(ORDERS), source.insert(ORDERS, json("{_id: 7, n: 2}")));
    try (DeadLetterBox box = box()) {
      assertThat(box.page(Which.ALL, Optional.empty(), 10))
          .singleElement()
          .satisfies(letter -> assertThat(letter.code()).isEqualTo("MR-SINK-MALFORMED"));
    }
    assertThat(sink.deadLetters()).isEqualTo(1);
  }

  @Test
  void thereAreNoneWhereNobodyKeptAny() {
    assertThat(ids()).isEmpty();
  }
}
