package dev.millrace.copy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.lab.Comparison;
import dev.millrace.model.Change;
import dev.millrace.source.CopySource.Chunk;
import dev.millrace.testing.Gate;
import dev.millrace.testing.Hooks.Point;
import dev.millrace.testing.Moment;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Tables without a version column, of an older storage format, which are copied first and streamed
 * after.
 *
 * <p>What that spares them is shown with a reader that nothing orders against the stream, as that
 * of a copy which simply runs beside it: its rows are as of the time when the copy was begun, and
 * are written whenever it gets to that.
 */
class OlderTableTest extends Scenario {
  /**
   * @param ghost a document that is in the table and not in the source; empty for none
   */
  private void makeOlderTable(String ghost) throws SQLException {
    try (Connection file = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("copy.db"));
        Statement statement = file.createStatement()) {
      statement.execute(
          """
          CREATE TABLE millrace_collections (
            database_name TEXT NOT NULL,
            collection_name TEXT NOT NULL,
            table_name TEXT NOT NULL COLLATE NOCASE UNIQUE,
            PRIMARY KEY (database_name, collection_name))
          """);
      statement.execute("CREATE TABLE a (id TEXT PRIMARY KEY, document TEXT)");
      statement.execute(
          "INSERT INTO millrace_collections VALUES ('%s', 'a', 'a')".formatted(database));
      if (!ghost.isEmpty()) {
        statement.execute("INSERT INTO a VALUES ('77', '%s')".formatted(ghost));
      }
    }
  }

  @Test
  @DisplayName("a SQLite table without a version column: copied first, streamed after, exact")
  void anOlderTableIsCopiedFirstAndStreamedAfter() throws Exception {
    makeOlderTable("{\"_id\": 77, \"text\": \"of a copy long ago\"}");
    Origin origin = origin().fill("a", 0, 40).fill("b", 0, 40);
    Pipe pipe = pipe(Pipe.Target.SQLITE);
    pipe.hooks.rowsPerChunk(10);
    try (Gate third =
        pipe.hooks.hold(Point.BEFORE_CHUNK, Moment.after(2, Moment.of(pipe.named("a"))))) {
      pipe.start();
      third.awaitReached();
      origin.delete("a", 3).update("a", 4, "x").delete("a", 35).update("b", 1, "waits too");
      pipe.awaitDelivered(Change.Read.class, "a", 20);
      assertThat(pipe.delivered(Change.Delete.class, "a")).isZero();
    }
    pipe.awaitCommit(origin.time());
    assertThat(pipe.judge().documents()).isEqualTo(78);
    assertThat(last(pipe, Change.Read.class, "a"))
        .isLessThan(first(pipe, Change.Delete.class, "a"));
  }

  @Test
  @DisplayName("copied beside the stream all the same: the deleted document comes back")
  void copyingBesideTheStreamBringsADeletedDocumentBack() throws Exception {
    makeOlderTable("");
    Pipe pipe = pipe(Pipe.Target.SQLITE);
    pipe.hooks.besideAnyway();
    Origin origin = deleteWhileAnUnorderedReaderIsUnderWay(pipe);
    pipe.awaitCommit(origin.time());
    pipe.stop();
    Comparison found = pipe.compare();
    assertThat(found.extra()).as("%s", found).isEqualTo(1);
    assertThat(found.examples().toString()).contains("extra").contains(".a 3");
    assertThat(found.stale()).isEqualTo(1);
  }

  @Test
  @DisplayName("by the same reader, copied first and streamed after: exact")
  void copyingFirstIsExactByTheSameReader() throws Exception {
    makeOlderTable("");
    Pipe pipe = pipe(Pipe.Target.SQLITE);
    Origin origin = deleteWhileAnUnorderedReaderIsUnderWay(pipe);
    pipe.awaitCommit(origin.time());
    assertThat(pipe.judge().documents()).isEqualTo(10);
  }

  /** Deletes 3 and changes 4 behind the time that rows are read as of, and before they are. */
  private Origin deleteWhileAnUnorderedReaderIsUnderWay(Pipe pipe) {
    Origin origin = origin().fill("a", 0, 10);
    Gate listed = pipe.hooks.hold(Point.AFTER_LIST, Moment.any());
    pipe.start();
    listed.awaitReached();
    long begun = origin.insert("elsewhere", 1, "so that there is a time").time();
    pipe.hooks.chunks(asked -> asOf(begun, asked));
    try (Gate read = pipe.hooks.hold(Point.BEFORE_CHUNK, Moment.of(pipe.named("a")))) {
      if (pipe.hooks.isBesideAnyway()) {
        origin.delete("a", 3).update("a", 4, "newer");
        pipe.awaitDelivered(Change.Upsert.class, "a", 1);
        listed.release();
        read.awaitReached();
      } else {
        listed.release();
        read.awaitReached();
        origin.delete("a", 3).update("a", 4, "newer");
      }
    }
    return origin;
  }

  private static Chunk asOf(long time, Chunk asked) {
    return new Chunk(
        asked.namespace(),
        asked.uuid(),
        asked.span(),
        asked.namespace().collection().equals("a") ? time : asked.at(),
        asked.exact(),
        asked.rows());
  }
}
