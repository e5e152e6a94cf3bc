package dev.millrace.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.engine.PipelineState;
import dev.millrace.lab.PostgresServer;
import dev.millrace.lab.SmallDisk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;

/** A database whose disk is full: the pipeline tries until there is room, and loses nothing. */
class FullDiskTest extends Scenario {
  private static final int SMALL_MIB = 8;
  private static final int LARGE_MIB = 128;

  /** More than twice what the small disk holds, in documents that no database makes smaller. */
  private static final int DOCUMENTS = 16_000;

  private static final String TEXT = "x".repeat(1_000);

  private SmallDisk disk() {
    Optional<SmallDisk> disk = SmallDisk.mount(SMALL_MIB);
    assumeTrue(disk.isPresent(), "this user may not mount a small disk (tmpfs)");
    atEnd(disk.get());
    return disk.get();
  }

  private Pipe pipe(Pipe.Target target, Path place) {
    Pipe pipe = new Pipe(servers(), database, target, place);
    atEnd(pipe);
    return pipe;
  }

  @Test
  void sqliteGoesOnOnceThereIsRoom() {
    SmallDisk disk = disk();
    goesOnOnceThereIsRoom(pipe(Pipe.Target.SQLITE, disk.folder()), disk, "MR-SQLITE-FULL");
  }

  @Test
  void postgresGoesOnOnceThereIsRoom() throws Exception {
    SmallDisk disk = disk();
    PostgresServer server = PostgresServer.builder().fsync(false).start();
    atEnd(server);
    // Its own files have room elsewhere: without its log it could not go on.
    Path tables = Files.createDirectory(disk.folder().resolve("tables"));
    try (Connection person = DriverManager.getConnection(server.url());
        Statement statement = person.createStatement()) {
      statement.execute("CREATE TABLESPACE small LOCATION '" + tables + "'");
      statement.execute("ALTER ROLE postgres SET default_tablespace = small");
    }
    goesOnOnceThereIsRoom(
        pipe(Pipe.Target.POSTGRES, folder).into(server), disk, "MR-POSTGRES-FULL");
  }

  private void goesOnOnceThereIsRoom(Pipe pipe, SmallDisk disk, String code) {
    Origin origin = origin().fill("a", 0, 100);
    pipe.start().awaitCommit(origin.time());
    for (int from = 1_000; from < 1_000 + DOCUMENTS; from += 1_000) {
      List<BsonDocument> documents = new ArrayList<>();
      for (int id = from; id < from + 1_000; id++) {
        documents.add(Origin.doc(id, TEXT));
      }
      origin.insert("a", documents.toArray(BsonDocument[]::new));
    }
    pipe.until(
        "it says that there is no room",
        () ->
            pipe.supervisor().state() instanceof PipelineState.Retrying retrying
                && retrying.failure().code().equals(code));
    long tries = pipe.supervisor().metrics().restarts();
    pipe.until("another try", () -> pipe.supervisor().metrics().restarts() > tries);
    origin.update("a", 1_000, "while there was no room").delete("a", 1_001);
    disk.resize(LARGE_MIB);
    pipe.awaitCommit(origin.time());
    assertThat(pipe.judge().documents()).isEqualTo(100 + DOCUMENTS - 1);
  }
}
