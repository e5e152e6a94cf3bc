package dev.millrace.sink.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.config.SinkConfig;
import dev.millrace.lab.Lab;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Term;
import dev.millrace.sink.Sink;
import dev.millrace.sql.EndlessDelivery;
import dev.millrace.sql.Reading;
import dev.millrace.testing.NeedsServers;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Rows, position and the copy's progress are one, whatever happens to the process. */
@NeedsServers
@Timeout(300)
class PostgresSinkCrashTest {
  private final PostgresSchema schema = new PostgresSchema();

  private Process child(int term) throws IOException {
    return EndlessDelivery.start(
        Child.class, "exec \"$@\"", Lab.postgres().uri(), schema.name(), Integer.toString(term));
  }

  @Test
  void isWholeAfterBeingKilled() throws Exception {
    long known = 0;
    for (int term = 1; term <= 2; term++) {
      Process child = child(term);
      try (BufferedReader lines = child.inputReader()) {
        for (int i = 0; i < 2; i++) {
          known = EndlessDelivery.number(lines);
        }
        // Somewhere in the next parcels, another place each time.
        TimeUnit.MILLISECONDS.sleep(30L * term);
        child.destroyForcibly().waitFor();
      }
      assertThat(assertWhole(term)).isGreaterThanOrEqualTo(known);
    }
  }

  @Test
  void isWholeAfterBeingKilledWithinATransaction() throws Exception {
    Process child = child(1);
    try (BufferedReader lines = child.inputReader();
        Connection other = schema.connect()) {
      long known = EndlessDelivery.number(lines);
      lockOrders(other);
      awaitWaiting();
      child.destroyForcibly().waitFor();
      other.rollback();
      assertThat(assertWhole(2)).isGreaterThanOrEqualTo(known);
    }
  }

  @Test
  void whoStallsWithinATransactionKeepsNobodyFromTakingOver() throws Exception {
    Process child = child(1);
    try (BufferedReader lines = child.inputReader();
        Connection other = schema.connect()) {
      long known = EndlessDelivery.number(lines);
      lockOrders(other);
      String session = awaitWaiting();
      signal("STOP", child);
      other.rollback();
      // It has the lock of its pipeline's row, and nobody there to go on.
      await()
          .until(
              () -> lines("SELECT state FROM pg_stat_activity WHERE pid = " + session),
              List.of("idle in transaction")::equals);

      assertThat(assertWhole(2)).isGreaterThanOrEqualTo(known);
      assertThat(Files.readString(Lab.postgres().logFile()))
          .contains("[%s] FATAL:  terminating connection due to administrator".formatted(session));

      signal("CONT", child);
      String last = "";
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        last = line;
      }
      assertThat(last).isEqualTo("MR-POSTGRES-AWAY");
      assertWhole(2);
    } finally {
      child.destroyForcibly().waitFor();
    }
  }

  /** Whoever writes there from now on waits, having written its checkpoint before. */
  private static void lockOrders(Connection other) throws Exception {
    other.setAutoCommit(false);
    try (Statement statement = other.createStatement()) {
      statement.execute("LOCK TABLE orders IN SHARE MODE");
    }
  }

  /** Returns which session does. */
  private String awaitWaiting() {
    return await()
        .until(
            () ->
                lines(
                    """
                    SELECT pid FROM pg_stat_activity
                    WHERE application_name = 'millrace %s' AND wait_event_type = 'Lock'
                    """
                        .formatted(EndlessDelivery.PIPELINE)),
            found -> found.size() == 1)
        .getFirst();
  }

  private List<String> lines(String sql) {
    return new Reading(schema).lines(sql);
  }

  private static void signal(String name, Process child) throws Exception {
    Process kill =
        new ProcessBuilder("sh", "-c", "kill -%s %d".formatted(name, child.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  /** What whoever takes over finds; how many documents that are. */
  private long assertWhole(long term) {
    try (Sink sink =
        PostgresSink.open(schema.config(SinkConfig.Tables.USUAL), EndlessDelivery.PIPELINE)) {
      return EndlessDelivery.assertWhole(new Reading(schema), fenced(sink, new Term(term)));
    }
  }

  /** As a pipeline does it: what may pass by itself is tried again. */
  private static Checkpoint fenced(Sink sink, Term term) {
    return await()
        .atMost(Duration.ofMinutes(1))
        .ignoreExceptionsMatching(
            e -> e instanceof MillraceException it && it.failure() instanceof Failure.Transient)
        .until(() -> sink.fence(term, Optional.empty()), Optional::isPresent)
        .orElseThrow();
  }
}
