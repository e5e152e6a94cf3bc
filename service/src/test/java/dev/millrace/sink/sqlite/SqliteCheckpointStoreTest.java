package dev.millrace.sink.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.config.SinkConfig;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.CopyState;
import dev.millrace.model.Failure;
import dev.millrace.model.Generation;
import dev.millrace.model.KeyRange;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.model.Position;
import dev.millrace.model.Term;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import dev.millrace.testing.Changes;
import dev.millrace.testing.CheckpointStoreContractTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteCheckpointStoreTest extends CheckpointStoreContractTest {
  private static final Namespace ORDERS = new Namespace("shop", "orders");

  @TempDir Path folder;

  private Path file() {
    return folder.resolve("state.db");
  }

  @Override
  protected CheckpointStore openStore(String pipeline) {
    return SqliteSink.store(file(), pipeline);
  }

  @Override
  protected void writeNewerFormat(String pipeline) throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
        Statement statement = connection.createStatement()) {
      statement.execute("UPDATE millrace_state SET format = " + (Checkpoint.FORMAT + 1));
    }
  }

  @Override
  protected boolean isAnythingThere() {
    return Files.exists(file());
  }

  private Sink openSink() {
    return SqliteSink.open(new SinkConfig.Sqlite(file(), SinkConfig.Tables.USUAL), PIPELINE);
  }

  @Test
  void isNoWriteToTheSource() {
    CheckpointStore store = open();
    Term term = store.begin(OWNER).term();
    assertThat(store.save(next(term))).isEmpty();
  }

  @Test
  void saysWhichFolderIsMissing() {
    CheckpointStore store =
        SqliteSink.store(folder.resolve("missing").resolve("state.db"), PIPELINE);
    assertThatThrownBy(() -> store.begin(OWNER))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> assertThat(e.failure().code()).isEqualTo("MR-SQLITE-OPEN"));
  }

  @Test
  void neverMovesBackWithinATerm() {
    CheckpointStore store = open();
    Term term = store.begin(OWNER).term();
    Checkpoint early = next(term);
    Checkpoint late = next(term);
    store.save(late);
    store.save(early);
    assertThat(store.read().orElseThrow().checkpoint()).contains(late);
  }

  private static CopyState copying(long revision) {
    CollectionCopy copy =
        CollectionCopy.pending(null, Generation.NONE, false)
            .withRanges(List.of(KeyRange.ALL.through(new BsonInt64(1L << 40), false)), revision);
    return new CopyState(
        true, revision, true, Map.of(ORDERS, copy), 0, 0, false, CopyState.Edits.NONE);
  }

  @Test
  void neverPutsTheCopyBackWithinAPosition() {
    CheckpointStore store = open();
    Term term = store.begin(OWNER).term();
    Checkpoint first = next(term).with(copying(1));
    store.save(first);
    assertThat(store.read().orElseThrow().checkpoint()).contains(first);
    Checkpoint second = first.with(copying(2));
    store.save(second);
    store.save(first);
    assertThat(store.read().orElseThrow().checkpoint()).contains(second);
    assertThat(open().begin(OWNER).checkpoint()).contains(second);
  }

  @Test
  void readsWhatTheFormatBeforeCopyingWrote() throws Exception {
    Term term = open().begin(OWNER).term();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          UPDATE millrace_state SET format = 1, checkpoint = '{"format": 1, "token": {"_data": \
          "826553F100000000022B0229296E04"}, "term": 1, "deployment": "d", "scope": "s", \
          "mark": ""}'
          """);
    }
    Checkpoint old =
        new Checkpoint(Position.of("826553F100000000022B0229296E04"), term, "d", "s", "");
    assertThat(open().read().orElseThrow().checkpoint()).contains(old);
    CheckpointStore store = open();
    assertThat(store.begin(OTHER).checkpoint()).contains(old);
    assertThat(store.read().orElseThrow().checkpoint()).contains(old);
    try (Sink sink = openSink()) {
      Term next = term.next();
      assertThat(sink.fence(next, Optional.empty())).contains(old);
      Checkpoint begun = old.in(next).with(CopyState.NEW);
      Checkpoint kept = sink.newParcel().send(begun).await();
      assertThat(kept.marked("")).isEqualTo(begun);
      assertThat(store.read().orElseThrow().checkpoint()).contains(kept);
    }
  }

  @Test
  void sharesItsRowWithTheSinkInTheSameFile() {
    CheckpointStore store = open();
    Term term = store.begin(OWNER).term();
    try (Sink sink = openSink()) {
      assertThat(sink.fence(term, Optional.empty())).isEmpty();
      Checkpoint start = next(term);
      store.save(start);

      Checkpoint delivered = deliver(sink, term);
      assertThat(store.read().orElseThrow().checkpoint()).contains(delivered);
      store.save(start);
      assertThat(store.read().orElseThrow().checkpoint()).contains(delivered);
      store.save(delivered);
      Checkpoint idle = delivered.at(source.highWater());
      store.save(idle);
      assertThat(store.read().orElseThrow().checkpoint()).contains(idle);
      assertThat(store.read().orElseThrow().owner()).contains(OWNER);
      deliver(sink, term);
    }
  }

  @Test
  void shutsOutTheSinkOfAnOlderTerm() {
    CheckpointStore store = open();
    Term first = store.begin(OWNER).term();
    try (Sink sink = openSink()) {
      sink.fence(first, Optional.empty());
      Checkpoint delivered = deliver(sink, first);
      // From here on, before the next one has even opened its sink.
      assertThat(open().begin(OTHER).checkpoint()).contains(delivered);
      assertThatThrownBy(() -> deliver(sink, first))
          .isInstanceOfSatisfying(
              MillraceException.class,
              e -> assertThat(e.failure()).isInstanceOf(Failure.Fenced.class));
      assertThat(store.read().orElseThrow().checkpoint()).contains(delivered);
    }
  }

  private Checkpoint deliver(Sink sink, Term term) {
    Parcel parcel = sink.newParcel();
    Change.Streamed change = source.insert(ORDERS, new BsonDocument("_id", new BsonInt32(1)));
    parcel.add(change);
    return parcel.send(Changes.checkpoint(change, term)).await();
  }
}
