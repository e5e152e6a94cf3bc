package dev.millrace.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.cli.Console;
import dev.millrace.cli.Main;
import dev.millrace.lab.Lab;
import dev.millrace.testing.NeedsServers;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Copy and writes together, the relay being killed meanwhile; on real servers. */
@NeedsServers
class DemoTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  /** For long by {@code ./bench/soak kill}. */
  @ParameterizedTest
  @CsvSource({"nats, 3000, 2", "sqlite, 3000, 2", "postgres, 2000, 1"})
  void nothingIsMissingHoweverOftenTheRelayIsKilled(String sink, String documents, String kills) {
    assertZeros("--sink", sink, "--documents", documents, "--kill", kills, "--exit");
    assertThat(report().getNumber("kills").longValue()).isEqualTo(Long.parseLong(kills));
  }

  @ParameterizedTest
  @ValueSource(strings = {"nats", "sqlite"})
  void allMayBeThereBefore(String sink) {
    assertZeros("--sink", sink, "--documents", "2000", "--preload", "2000", "--exit");
    assertThat(report().getNumber("preloaded").longValue()).isEqualTo(2_000);
    assertThat(report().getNumber("copied").longValue()).isEqualTo(2_000);
  }

  @Test
  void aServerThatIsGivenHasNothingLeftAtTheEnd() throws Exception {
    List<String> before = schemas();
    assertZeros(
        "--sink",
        "postgres",
        "--postgres-url",
        Lab.postgres().uri(),
        "--documents",
        "100",
        "--exit");
    assertThat(schemas()).isEqualTo(before);
  }

  private static List<String> schemas() throws SQLException {
    List<String> names = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection(Lab.postgres().url());
        Statement select = connection.createStatement();
        ResultSet row = select.executeQuery("SELECT nspname FROM pg_namespace ORDER BY 1")) {
      while (row.next()) {
        names.add(row.getString(1));
      }
    }
    return names;
  }

  private void assertZeros(String... options) {
    String[] line = new String[options.length + 1];
    line[0] = "demo";
    System.arraycopy(options, 0, line, 1, options.length);
    int code =
        Main.execute(
            new Console(
                System.getenv(),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8)),
            line);
    assertThat(code).as(err + "\n" + out).isZero();
    for (String zero : new String[] {"missing", "stale", "extra", "duplicates", "out_of_order"}) {
      assertThat(report().getNumber(zero).longValue()).as(zero).isZero();
    }
  }

  private BsonDocument report() {
    return BsonDocument.parse(out.toString(StandardCharsets.UTF_8));
  }
}
