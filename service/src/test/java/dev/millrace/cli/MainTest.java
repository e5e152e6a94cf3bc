package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--help",
        "run --help",
        "status --help",
        "position --help",
        "position show --help",
        "position set --help",
        "position skip --help",
        "collections --help",
        "collections add --help",
        "collections remove --help",
        "snapshot --help",
        "pause --help",
        "resume --help",
        "reload --help",
        "verify --help",
        "demo --help",
        "db-workload --help"
      })
  void everyCommandExplainsItselfAndItsExitCodes(String line) {
    assertThat(execute(Map.of(), line.split(" "))).isZero();

    assertThat(text(out)).contains("Usage: millrace").contains("Exit codes:");
    assertThat(text(err)).isEmpty();
  }

  @Test
  void versionIsOneLine() {
    assertThat(execute(Map.of(), "--version")).isZero();
    assertThat(text(out)).startsWith("Millrace ").hasLineCount(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "rum",
        "run --frobnicate",
        "run a b",
        "position",
        "position set",
        "position set --now --token 82",
        "position set --token zz",
        "position set --time yesterday",
        "collections",
        "collections add",
        "reload a -f b",
        "verify a b",
        "verify --wait soon",
        "demo --kill 3",
        "demo --documents 10 --preload 11",
        "demo --sink mysql",
        "demo --postgres-url postgresql://h/d",
        "demo --sink postgres --nats-url nats://h",
        "db-workload --rate -1",
        "db-workload --rate fast",
        "db-workload --documents 0",
        "db-workload --document-size 16MiB"
      })
  void badArgumentsAreOneSentence(String line) {
    String[] args = line.isEmpty() ? new String[0] : line.split(" ");

    assertThat(execute(Map.of("MONGO_URI", "mongodb://127.0.0.1:1/x"), args))
        .isEqualTo(ExitCode.USAGE);

    assertThat(text(err)).startsWith("MR-USAGE: ").hasLineCount(1);
    assertThat(text(out)).isEmpty();
  }

  @Test
  void misspeltCommandIsAnsweredWithTheNearestOne() {
    execute(Map.of(), "statsu");

    assertThat(text(err)).contains("status");
  }

  @Test
  void badConfigurationTellsAllFaultsAndNoSecret() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("m.yaml"),
            """
            pipelines:
              - name: a
                source: {uri: "mongodb://u:hunter2/@h/a", fulldocument: delta}
                sink: {type: nats, url: "http://u:hunter2@h"}
            """);

    assertThat(execute(Map.of(), "run", file.toString())).isEqualTo(ExitCode.USAGE);

    assertThat(text(err))
        .startsWith("MR-CONFIG: 3 faults in " + file)
        .contains("pipelines[0].source.uri")
        .contains("pipelines[0].source.fulldocument: found an unknown key; expected full_document")
        .contains("pipelines[0].sink.url")
        .doesNotContain("hunter2");
  }

  @Test
  void takenPortEndsTheRunBeforeItBegins() throws IOException {
    try (java.net.ServerSocket taken = new java.net.ServerSocket(0)) {
      Map<String, String> environment =
          Map.of(
              "MONGO_URI",
              "mongodb://127.0.0.1:1/x",
              "HTTP_PORT",
              Integer.toString(taken.getLocalPort()));

      assertThat(execute(environment, "run")).isEqualTo(ExitCode.USAGE);

      assertThat(text(err)).startsWith("MR-HTTP-PORT: ").hasLineCount(1);
    }
  }

  @Test
  void serverThatIsNotThereIsUnreachable() {
    Map<String, String> environment =
        Map.of("MONGO_URI", "mongodb://127.0.0.1:1/x?serverSelectionTimeoutMS=200");

    assertThat(execute(environment, "position", "show")).isEqualTo(ExitCode.UNREACHABLE);

    assertThat(text(err)).startsWith("MR-SOURCE-UNAVAILABLE: ").hasLineCount(1);
  }

  @Test
  void pipelineThatIsMeantMustBeNamedWhereThereAreSeveral() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("m.yaml"),
            """
            pipelines:
              - {name: a, source: {uri: "mongodb://h/a"}, sink: {type: stdout}}
              - {name: b, source: {uri: "mongodb://h/b"}, sink: {type: stdout}}
            """);

    assertThat(execute(Map.of(), "position", "skip", file.toString())).isEqualTo(ExitCode.USAGE);
    assertThat(text(err)).contains("a, b");
    assertThat(execute(Map.of(), "position", "skip", "-p", "c", file.toString()))
        .isEqualTo(ExitCode.USAGE);
  }

  private int execute(Map<String, String> environment, String... args) {
    return Main.execute(
        new Console(
            environment,
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8)),
        args);
  }

  private static String text(ByteArrayOutputStream stream) {
    return stream.toString(StandardCharsets.UTF_8);
  }
}
