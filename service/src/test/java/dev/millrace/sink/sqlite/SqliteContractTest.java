package dev.millrace.sink.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.model.CommitPoint;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.testing.SinkContractTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bson.BsonDocument;
import org.junit.jupiter.api.io.TempDir;

/** What every sink keeps to, by a SQLite file. */
abstract class SqliteContractTest extends SinkContractTest {
  @TempDir Path folder;

  final Path file() {
    return folder.resolve("sink.db");
  }

  @Override
  protected Kind kind() {
    return Kind.TABLES;
  }

  @Override
  protected Set<Trait> lacks() {
    return Set.of(Trait.TAKES_PATCHES, Trait.NOTICES_LOSS);
  }

  @Override
  protected void loseAll() throws IOException {
    for (String part : List.of("", "-wal", "-shm")) {
      Files.deleteIfExists(folder.resolve("sink.db" + part));
    }
  }

  /** Somebody else holds the write lock. */
  @Override
  protected void whileStalled(ThrowingCallable body) throws Throwable {
    try (Connection other = Tables.connect(file());
        Statement statement = other.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
      body.call();
      statement.execute("ROLLBACK");
    }
  }

  @Override
  protected Map<String, BsonDocument> documents(Namespace namespace) {
    return Files.exists(file()) ? Tables.documents(file(), namespace) : Map.of();
  }

  @Override
  protected Optional<CommitPoint> committed() {
    return Tables.committed(file(), "orders");
  }

  final String table(Namespace namespace) {
    return Tables.tableOf(file(), namespace).orElse("");
  }

  final List<String> tables() {
    return Tables.query(file(), "SELECT name FROM sqlite_schema WHERE type = 'table'").stream()
        .map(row -> row.get(0))
        .filter(name -> !name.startsWith("millrace_") && !name.startsWith("sqlite_"))
        .toList();
  }

  /** Each row of the answer as one text, its values with a bar between. */
  final List<String> lines(String sql) {
    return Tables.query(file(), sql).stream().map(row -> String.join("|", texts(row))).toList();
  }

  private static List<String> texts(List<String> row) {
    return IntStream.range(0, row.size()).mapToObj(i -> String.valueOf(row.get(i))).toList();
  }

  static void assertFails(String code, ThrowingCallable action) {
    assertThatThrownBy(action)
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.failure().code()).isEqualTo(code));
  }
}
