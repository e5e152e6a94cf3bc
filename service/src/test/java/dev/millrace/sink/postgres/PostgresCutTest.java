package dev.millrace.sink.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.config.Secret;
import dev.millrace.config.SinkConfig;
import dev.millrace.lab.Lab;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CommitPoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.model.Term;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import dev.millrace.sink.postgres.CutLink.Side;
import dev.millrace.sql.Reading;
import dev.millrace.testing.Changes;
import dev.millrace.testing.NeedsServers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A connection that is cut between any two steps of a parcel's transaction: what is there
 * afterwards is all of the parcel with its checkpoint, or nothing of either.
 */
@NeedsServers
@Timeout(120)
class PostgresCutTest {
  private static final Namespace ORDERS = new Namespace("shop", "orders");
  private static final Namespace ITEMS = new Namespace("shop", "items");

  /** What a cut left behind. */
  private enum Left {
    NOTHING,
    ALL
  }

  @ParameterizedTest
  @EnumSource
  void rowsAndCheckpointAreOneWhereverItIsCut(Side side) throws Exception {
    List<Left> found = new ArrayList<>();
    for (Optional<Left> left = leftBehind(1, side);
        left.isPresent();
        left = leftBehind(found.size() + 1, side)) {
      found.add(left.get());
    }
    // The checkpoint, a new table with its name and columns, three writes, COMMIT at least.
    assertThat(found).hasSizeGreaterThan(8);
    List<Left> expected = new ArrayList<>();
    found.forEach(any -> expected.add(Left.NOTHING));
    if (side == Side.BEFORE_ANSWER) {
      // Of COMMIT.
      expected.set(found.size() - 1, Left.ALL);
    }
    assertThat(found).isEqualTo(expected);
  }

  /** Empty when the parcel has no such step. */
  private static Optional<Left> leftBehind(int step, Side side) throws Exception {
    PostgresSchema schema = new PostgresSchema();
    Changes source = new Changes();
    Reading reading = new Reading(schema);
    List<Change> first = List.of(source.insert(ORDERS, doc(1)), source.insert(ORDERS, doc(2)));
    Checkpoint before = checkpoint(source, 1);
    List<Change> second =
        List.of(
            source.insert(ORDERS, doc(3)),
            source.delete(ORDERS, new BsonInt32(1)),
            source.insert(ITEMS, doc(4)),
            new Change.Committed(new CommitPoint(source.time(), true, "", List.of())));
    Checkpoint after = checkpoint(source, 2);
    try (CutLink link = CutLink.to(Lab.postgres());
        Sink sink = open(schema, link.uri())) {
      sink.fence(new Term(1), Optional.empty());
      assertThat(deliver(sink, first, before).marked("")).isEqualTo(before);
      link.cutAt(step, side);
      MillraceException failed =
          catchThrowableOfType(MillraceException.class, () -> deliver(sink, second, after));
      if (!link.isCut()) {
        assertThat(failed).isNull();
        return Optional.empty();
      }
      assertThat(failed.failure()).isInstanceOf(Failure.Transient.class);
    }
    try (Sink sink = open(schema, Lab.postgres().uri())) {
      Checkpoint kept = sink.fence(new Term(2), Optional.empty()).orElseThrow();
      Left left = kept.marked("").equals(before) ? Left.NOTHING : Left.ALL;
      if (left == Left.NOTHING) {
        assertThat(reading.documents(ORDERS)).containsOnlyKeys("1", "2");
        assertThat(reading.tableOf(ITEMS)).isEmpty();
        assertThat(schema.tables()).doesNotContain("items");
        assertThat(reading.committed("orders")).isEmpty();
        deliver(sink, second, after.in(new Term(2)));
      } else {
        assertThat(kept.marked("")).isEqualTo(after);
      }
      assertThat(reading.documents(ORDERS)).containsOnlyKeys("2", "3");
      assertThat(reading.documents(ITEMS)).containsOnlyKeys("4");
      assertThat(reading.committed("orders")).isPresent();
      return Optional.of(left);
    }
  }

  private static Sink open(PostgresSchema schema, String url) {
    return PostgresSink.open(
        new SinkConfig.Postgres(
            new Secret(url), Optional.empty(), schema.name(), SinkConfig.Tables.USUAL),
        "orders");
  }

  private static Checkpoint deliver(Sink sink, List<Change> changes, Checkpoint through) {
    Parcel parcel = sink.newParcel();
    changes.forEach(parcel::add);
    return parcel.send(through).await();
  }

  private static Checkpoint checkpoint(Changes source, long revision) {
    CopyState copy =
        new CopyState(true, revision, true, Map.of(), 0, 0, false, CopyState.Edits.NONE);
    return source.checkpoint(new Term(1)).with(copy);
  }

  private static BsonDocument doc(int id) {
    return new BsonDocument("_id", new BsonInt32(id)).append("text", new BsonString("of " + id));
  }
}
