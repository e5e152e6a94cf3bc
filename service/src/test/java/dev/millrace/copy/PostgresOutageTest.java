package dev.millrace.copy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.PipelineState;
import dev.millrace.lab.PostgresServer;
import dev.millrace.model.Change;
import dev.millrace.testing.Hooks.Point;
import dev.millrace.testing.Moment;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A PostgreSQL that dies or stands still in mid-delivery, and the pipeline goes on behind that. */
class PostgresOutageTest extends Scenario {
  private PostgresServer server() {
    // It dies with its processes only, and recovers faster.
    PostgresServer server = PostgresServer.builder().fsync(false).start();
    atEnd(server);
    return server;
  }

  @Test
  void nothingIsLostWhenItIsKilledInMidBatch() throws Exception {
    PostgresServer server = server();
    Origin origin = origin().fill("a", 0, 200);
    Pipe pipe = pipe(Pipe.Target.POSTGRES).into(server).readers(1);
    pipe.hooks.rowsPerChunk(20);
    pipe.start().awaitDelivered(Change.Read.class, "a", 20);
    for (int kill = 0; kill < 2; kill++) {
      try (Connection other = DriverManager.getConnection(server.url());
          Statement statement = other.createStatement()) {
        other.setAutoCommit(false);
        other.setSchema(database);
        statement.execute("LOCK TABLE a IN SHARE MODE");
        origin.update("a", kill, "so that there is something to write").delete("a", 100 + kill);
        pipe.until("it stands within a transaction", () -> isWaiting(server));
        server.kill();
      }
      pipe.until("it sees that", () -> pipe.supervisor().state() instanceof PipelineState.Retrying);
      origin.update("a", 50 + kill, "while it was away").insert("a", 300 + kill, "too");
      server.start();
      pipe.awaitCommit(origin.time());
    }
    assertThat(pipe.judge().documents()).isEqualTo(200);
  }

  @Test
  void deliveryGoesOnOnceItIsLetGoOn() throws Exception {
    PostgresServer server = server();
    Origin origin = origin().fill("a", 0, 20);
    Pipe pipe = pipe(Pipe.Target.POSTGRES).into(server);
    pipe.start().awaitCommit(origin.time());
    CountDownLatch sent = new CountDownLatch(1);
    pipe.hooks.watch(
        Point.AFTER_SEND,
        moment -> {
          if (Moment.with(Change.Upsert.class).test(moment)) {
            sent.countDown();
          }
        });
    server.pause();
    origin.insert("a", 100, "while it stands still");
    assertThat(sent.await(1, TimeUnit.MINUTES)).isTrue();
    origin.update("a", 100, "behind that");
    assertThat(pipe.delivered(Change.Upsert.class, "a")).isZero();
    server.resume();
    pipe.awaitCommit(origin.time());
    assertThat(pipe.judge().documents()).isEqualTo(21);
    assertThat(pipe.supervisor().metrics().restarts()).isZero();
  }

  private static boolean isWaiting(PostgresServer server) {
    try (Connection other = DriverManager.getConnection(server.url());
        Statement statement = other.createStatement();
        ResultSet row =
            statement.executeQuery(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE application_name LIKE 'millrace %' AND wait_event_type = 'Lock'
                """)) {
      row.next();
      return row.getInt(1) == 1;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
