package dev.millrace.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PostgresServerTest {
  private static final String RECOVERY = "automatic recovery in progress";

  @BeforeAll
  static void needsServers() {
    assumeFalse(Lab.serversSkipped(), "servers=skip");
  }

  @Test
  void testsDoNotShareTables() throws SQLException {
    PostgresServer server = Lab.postgres();
    for (int i = 0; i < 2; i++) {
      String name = Lab.freshName("own");
      assertThat(server.createDatabase(name))
          .isEqualTo("postgresql://postgres@127.0.0.1:" + server.port() + "/" + name);
      try (Connection connection = DriverManager.getConnection(server.url(name))) {
        execute(connection, "CREATE TABLE same (text text)");
        execute(connection, "INSERT INTO same VALUES ('ä'), ('z'), ('Z')");
        assertThat(ask(connection, "SELECT string_agg(text, '' ORDER BY text) FROM same"))
            .isEqualTo("Zzä");
        assertThat(ask(connection, "SHOW fsync")).isEqualTo("on");
      }
    }
    assertThat(server.version()).isGreaterThanOrEqualTo(Binaries.OLDEST_POSTGRES);
    assertThatThrownBy(() -> server.createDatabase("postgres"))
        .isInstanceOf(IllegalStateException.class)
        .hasRootCauseInstanceOf(SQLException.class);
  }

  @Test
  void committedRowsSurviveAKill() throws Exception {
    try (PostgresServer server = PostgresServer.builder().start();
        Connection connection = DriverManager.getConnection(server.url());
        Connection open = DriverManager.getConnection(server.url())) {
      execute(connection, "CREATE TABLE kept (id int)");
      execute(connection, "INSERT INTO kept VALUES (1)");
      open.setAutoCommit(false);
      execute(open, "INSERT INTO kept VALUES (2)");
      int port = server.port();
      List<ProcessHandle> processes = processesOf(server);
      assertThat(processes).hasSizeGreaterThan(3);

      server.kill();

      assertThat(processes).allMatch(ServerProcess::isGone);
      assertThat(server.isAlive()).isFalse();
      assertThatThrownBy(() -> ask(connection, "SELECT 1")).isInstanceOf(SQLException.class);
      assertThat(Files.readString(server.logFile())).doesNotContain(RECOVERY);
      server.start();
      assertThat(Files.readString(server.logFile())).contains(RECOVERY);
      assertThat(server.port()).isEqualTo(port);
      assertThat(ask(server, "SELECT string_agg(id::text, ',') FROM kept")).isEqualTo("1");
      assertThatThrownBy(server::start).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aStopIsOrderly() throws Exception {
    try (PostgresServer server =
        PostgresServer.builder().fsync(false).setting("max_connections", "7").start()) {
      List<ProcessHandle> processes = processesOf(server);
      server.pause();
      server.stop();
      assertThat(processes).allMatch(ServerProcess::isGone);
      server.start();
      assertThat(Files.readString(server.logFile()))
          .contains("database system is shut down")
          .doesNotContain(RECOVERY);
      assertThat(ask(server, "SHOW fsync")).isEqualTo("off");
      assertThat(ask(server, "SHOW max_connections")).isEqualTo("7");
    }
  }

  @Test
  void aPausedServerLetsAQueryWait() throws Exception {
    try (PostgresServer server = PostgresServer.builder().start();
        Connection patient = DriverManager.getConnection(server.url());
        Connection hasty = DriverManager.getConnection(server.url() + "&socketTimeout=1")) {
      server.pause();
      CompletableFuture<String> answer =
          CompletableFuture.supplyAsync(() -> askUnchecked(patient, "SELECT 'at last'"));
      assertThatThrownBy(() -> ask(hasty, "SELECT 1"))
          .hasRootCauseInstanceOf(SocketTimeoutException.class);
      assertThat(answer).isNotDone();
      server.resume();
      assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo("at last");
    }
  }

  @Test
  void nothingIsLeftAfterClose() throws Exception {
    PostgresServer server = PostgresServer.builder().start();
    List<ProcessHandle> processes = processesOf(server);
    Path folder = server.logFile().getParent();
    assertThat(folder).isDirectory();
    server.pause();
    server.close();
    assertThat(processes).allMatch(ServerProcess::isGone);
    assertThat(folder).doesNotExist();
  }

  @Test
  void aServerThatDoesNotStartSaysWhy() {
    PostgresServerBuilder wrong = PostgresServer.builder().setting("max_connections", "none");
    assertThatThrownBy(wrong::start)
        .isInstanceOf(ServerUnavailable.class)
        .hasMessageStartingWith("MR-LAB-03")
        .hasMessageContaining("max_connections");
  }

  private static List<ProcessHandle> processesOf(PostgresServer server) {
    ProcessHandle postmaster = ProcessHandle.of(server.pid()).orElseThrow();
    return Stream.concat(Stream.of(postmaster), postmaster.descendants()).toList();
  }

  private static String ask(PostgresServer server, String query) throws SQLException {
    try (Connection connection = DriverManager.getConnection(server.url())) {
      return ask(connection, query);
    }
  }

  private static String ask(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      assertThat(row.next()).isTrue();
      return row.getString(1);
    }
  }

  private static String askUnchecked(Connection connection, String query) {
    try {
      return ask(connection, query);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void execute(Connection connection, String command) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(command);
    }
  }
}
