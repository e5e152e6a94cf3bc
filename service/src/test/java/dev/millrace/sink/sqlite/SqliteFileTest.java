package dev.millrace.sink.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteFileTest {
  @TempDir Path folder;

  private SqliteFile file;

  @BeforeEach
  void open() {
    file = SqliteFile.open(folder.resolve("file.db"));
    file.prepare();
    execute("CREATE TABLE t (x BLOB)");
  }

  @AfterEach
  void close() {
    file.close();
  }

  private void execute(String... statements) {
    file.write(
        "testing",
        connection -> {
          for (String sql : statements) {
            execute(connection, sql);
          }
          return true;
        });
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private long number(String sql) {
    return file.read(
        "testing",
        connection -> {
          try (Statement statement = connection.createStatement();
              ResultSet row = statement.executeQuery(sql)) {
            return row.getLong(1);
          }
        });
  }

  private static void assertFails(
      Class<? extends Failure> kind, String code, ThrowingCallable action) {
    assertThatThrownBy(action)
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> {
              assertThat(e.failure()).isInstanceOf(kind);
              assertThat(e.failure().code()).isEqualTo(code);
            });
  }

  @Test
  void syncsEveryCommit() {
    assertThat(number("PRAGMA synchronous")).isEqualTo(2);
  }

  @Test
  void undoesAllOfAFailedTransaction() {
    execute("INSERT INTO t VALUES (1)");
    assertFails(
        Failure.Fatal.class,
        "MR-SQLITE",
        () ->
            execute("INSERT INTO t VALUES (2)", "DROP TABLE t", "INSERT INTO nowhere VALUES (3)"));
    assertThat(number("SELECT sum(x) FROM t")).isEqualTo(1);
    execute("INSERT INTO t VALUES (4)");
    assertThat(number("SELECT sum(x) FROM t")).isEqualTo(5);
  }

  @Test
  void asksToTryAgainWhenThereIsNoRoom() {
    execute("PRAGMA max_page_count = 20");
    assertFails(
        Failure.Transient.class,
        "MR-SQLITE-FULL",
        () -> execute("INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (zeroblob(1000000))"));
    assertThat(number("SELECT count(*) FROM t")).isZero();
    execute("PRAGMA max_page_count = 100000");
    execute("INSERT INTO t VALUES (zeroblob(1000000))");
    assertThat(number("SELECT count(*) FROM t")).isEqualTo(1);
  }

  @Test
  void givesUpWhereItMayNotWrite() {
    execute("PRAGMA query_only = ON");
    assertFails(
        Failure.Fatal.class, "MR-SQLITE-READONLY", () -> execute("INSERT INTO t VALUES (1)"));
  }

  @Test
  void holdsNoLockBetweenTransactions() {
    execute("INSERT INTO t VALUES (1)");
    assertThat(number("SELECT count(*) FROM t")).isEqualTo(1);
    try (SqliteFile other = SqliteFile.open(folder.resolve("file.db"))) {
      other.write(
          "testing",
          connection -> {
            execute(connection, "INSERT INTO t VALUES (2)");
            return true;
          });
    }
    assertThat(number("SELECT count(*) FROM t")).isEqualTo(2);
  }

  @Test
  void failsOnceClosed() {
    file.close();
    assertFails(
        Failure.Transient.class, "MR-SQLITE-CLOSED", () -> execute("INSERT INTO t VALUES (1)"));
  }
}
