package dev.millrace.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.cli.Console;
import dev.millrace.cli.Main;
import dev.millrace.testing.NeedsServers;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.bson.BsonDocument;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Copy and writes together, the relay being killed meanwhile; on real servers. */
@NeedsServers
class DemoTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @ParameterizedTest
  @ValueSource(strings = {"nats", "sqlite"})
  void nothingIsMissingHoweverOftenTheRelayIsKilled(String sink) {
    assertZeros("--sink", sink, "--documents", "6000", "--kill", "3", "--exit");
    assertThat(report().getNumber("kills").longValue()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nats", "sqlite"})
  void allMayBeThereBefore(String sink) {
    assertZeros("--sink", sink, "--documents", "2000", "--preload", "2000", "--exit");
    assertThat(report().getNumber("preloaded").longValue()).isEqualTo(2_000);
    assertThat(report().getNumber("copied").longValue()).isEqualTo(2_000);
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
