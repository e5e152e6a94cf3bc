package dev.millrace.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.config.SinkConfig;
import dev.millrace.letters.Address;
import dev.millrace.letters.DeadLetter;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.letters.Which;
import dev.millrace.model.Change;
import dev.millrace.model.CommitPoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.Namespace;
import dev.millrace.model.Term;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import dev.millrace.testing.Changes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Dead letters as a person sees them, over a connection beside the sink's. */
public abstract class DeadLetterBoxCases {
  private static final Namespace ORDERS = new Namespace("shop", "orders");
  private static final Namespace ITEMS = new Namespace("shop", "items");
  private static final Term TERM = new Term(1);

  private final Changes source = new Changes();
  private final List<AutoCloseable> opened = new ArrayList<>();

  protected abstract FreshDatabase place();

  private DeadLetterBox box() {
    DeadLetterBox box = place().letters("orders");
    opened.add(box);
    return box;
  }

  private Sink sink() {
    Sink sink = place().open(SinkConfig.Tables.USUAL, "orders");
    opened.add(sink);
    sink.fence(TERM, Optional.empty());
    return sink;
  }

  @BeforeEach
  void makeTablesThatTakeNothingBad() {
    for (String table : List.of("orders", "items")) {
      new Reading(place())
          .execute(
              "CREATE TABLE %s (id TEXT PRIMARY KEY, document %s, version TEXT, CHECK (document ->> 'value' <> 'bad'))"
                  .formatted(table, place().documentType()));
    }
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : opened.reversed()) {
      each.close();
    }
  }

  private static BsonDocument doc(BsonValue id, String value) {
    return new BsonDocument("_id", id).append("value", new BsonString(value));
  }

  private Change bad(Namespace namespace, int id) {
    return source.insert(namespace, doc(new BsonInt32(id), "bad"));
  }

  private void deliver(Sink sink, Change... changes) {
    Parcel parcel = sink.newParcel();
    for (Change change : changes) {
      parcel.add(change);
    }
    parcel.send(source.checkpoint(TERM).with(CopyState.NEW)).await();
  }

  @Test
  void hasNoneWhereNoSinkWas() {
    DeadLetterBox box = box();
    assertThat(box.count(Which.ALL)).isZero();
    assertThat(box.page(Which.ALL, Optional.empty(), 10)).isEmpty();
    assertThat(box.find(new Address(ORDERS, "1"))).isEmpty();
    assertThat(box.discard(List.of())).isZero();
  }

  @Test
  void tellsAllThatIsKnownOfOne() {
    Sink sink = sink();
    Change change = bad(ORDERS, 7);
    deliver(sink, change);
    DeadLetter found = box().find(new Address(ORDERS, "7")).orElseThrow();
    assertThat(found.key()).contains(new BsonInt32(7));
    assertThat(found.time()).isEqualTo(((Change.Streamed) change).event().clusterTime());
    assertThat(found.code()).isEqualTo(place().dialect().code("MISFIT"));
    assertThat(found.reason()).containsIgnoringCase("check");
    assertThat(found.document()).isEqualTo("{\"_id\": 7, \"value\": \"bad\"}");
    assertThat(box().page(Which.ALL, Optional.empty(), 10))
        .singleElement()
        .satisfies(listed -> {
          assertThat(listed.address()).isEqualTo(found.address());
          assertThat(listed.key()).isEqualTo(found.key());
          assertThat(listed.document()).isNull();
        });
  }

  @Test
  void knowsIdsOfEveryKindAlsoWhereTheyAreHashed() {
    List<BsonValue> ids =
        List.of(
            new BsonString("7"),
            new BsonString("o'brien"),
            new BsonString("x' OR 'a'='a"),
            new BsonString("long ".repeat(1_000)),
            new BsonDocument("a", new BsonInt32(1)).append("b", new BsonString("x")));
    Sink sink = sink();
    for (BsonValue id : ids) {
      deliver(sink, source.insert(ORDERS, doc(id, "bad")));
    }
    DeadLetterBox box = box();
    List<DeadLetter> letters = box.page(Which.ALL, Optional.empty(), 10);
    assertThat(letters)
        .extracting(letter -> letter.key().orElseThrow())
        .containsExactlyInAnyOrderElementsOf(ids);
    assertThat(letters).extracting(DeadLetter::document).containsOnlyNulls();
    assertThat(box.newest(10)).extracting(DeadLetter::document).containsOnlyNulls();
    for (DeadLetter letter : letters) {
      assertThat(box.find(letter.address()).orElseThrow().document()).isNotNull();
      assertThat(Address.parse(letter.address().toText())).contains(letter.address());
      Which one = new Which(Set.of(), Optional.of(letter.id()));
      assertThat(box.page(one, Optional.empty(), 10)).containsExactly(letter);
    }
  }

  @Test
  void givesThousandsByPages() {
    Sink sink = sink();
    List<Change> changes = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      changes.add(bad(ORDERS, i));
    }
    for (int i = 0; i < 50; i++) {
      changes.add(bad(ITEMS, i));
    }
    deliver(sink, changes.toArray(new Change[0]));
    DeadLetterBox box = box();
    assertThat(box.count(Which.ALL)).isEqualTo(1_050);
    List<Address> seen = new ArrayList<>();
    List<DeadLetter> page;
    do {
      Optional<Address> after = seen.isEmpty() ? Optional.empty() : Optional.of(seen.getLast());
      page = box.page(Which.ALL, after, 400);
      page.forEach(letter -> seen.add(letter.address()));
    } while (page.size() == 400);
    assertThat(seen).hasSize(1_050).doesNotHaveDuplicates();
    assertThat(seen.subList(0, 50)).allMatch(address -> address.namespace().equals(ITEMS));
    Which items = new Which(Set.of(ITEMS), Optional.empty());
    assertThat(box.count(items)).isEqualTo(50);
    Which sevenOfAny = new Which(Set.of(), Optional.of("7"));
    assertThat(box.page(sevenOfAny, Optional.empty(), 10))
        .extracting(DeadLetter::namespace)
        .containsExactly(ITEMS, ORDERS);
  }

  @Test
  void discardsWhatWasSeenAndNothingNewer() {
    Sink sink = sink();
    deliver(sink, bad(ORDERS, 1), bad(ORDERS, 2), bad(ORDERS, 3));
    DeadLetterBox box = box();
    List<DeadLetter> seen = box.page(Which.ALL, Optional.empty(), 10);
    deliver(sink, source.update(ORDERS, doc(new BsonInt32(2), "bad")));
    assertThat(box.discard(seen)).isEqualTo(2);
    assertThat(box.page(Which.ALL, Optional.empty(), 10))
        .extracting(DeadLetter::id)
        .containsExactly("2");
    deliver(sink, new Change.Committed(new CommitPoint(source.time(), true, "", List.of())));
    assertThat(sink.deadLetters()).isEqualTo(1);
    assertThat(box.discard(seen)).isZero();
  }

  @Test
  void hasThoseOfItsPipelineAlone() {
    Sink sink = sink();
    deliver(sink, bad(ORDERS, 1));
    DeadLetterBox other = place().letters("other");
    opened.add(other);
    assertThat(other.count(Which.ALL)).isZero();
    assertThat(other.discard(box().page(Which.ALL, Optional.empty(), 10))).isZero();
    assertThat(box().count(Which.ALL)).isEqualTo(1);
  }
}
