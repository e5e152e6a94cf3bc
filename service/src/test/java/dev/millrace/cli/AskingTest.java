package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.config.HttpConfig;
import dev.millrace.config.Secret;
import dev.millrace.engine.CopyRequest;
import dev.millrace.http.Control;
import dev.millrace.http.ControlServer;
import dev.millrace.http.FakePipeline;
import dev.millrace.http.Instance;
import dev.millrace.http.Listener;
import dev.millrace.model.Failure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands that ask a running instance, which here has nothing behind it. */
class AskingTest {
  private static final String TOKEN = "hunter2-hunter2";

  private final FakePipeline pipeline = new FakePipeline("p", "orders", "users");
  private final Listener listener = Listener.bind(new HttpConfig("127.0.0.1", 0));
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private ControlServer server;
  private Path file;
  @TempDir Path folder;

  @BeforeEach
  void start() throws IOException {
    server =
        ControlServer.start(
            listener,
            new Instance("me", "1.2.3", Instant.EPOCH, listener.address()),
            List.of(pipeline),
            Map.of(),
            new Control(
                Optional.of(new Secret(TOKEN)),
                only -> CompletableFuture.completedFuture("the configuration holds: " + only),
                Control.PATIENCE));
    file = configuration("orders, users", "token: " + TOKEN);
  }

  private Path configuration(String collections, String more) throws IOException {
    return Files.writeString(
        folder.resolve("millrace.yaml"),
        """
        http: {port: %s, %s}
        pipelines:
          - {name: p, source: {uri: "mongodb://h/shop", collections: [%s]}, sink: {type: stdout}}
        """
            .formatted(listener.address().split(":")[1], more, collections));
  }

  @AfterEach
  void stop() {
    server.close();
    listener.close();
  }

  @Test
  void everyCommandAsksThePipeline() {
    done("collections", "add", "a", "b_*");
    done("collections", "remove", "a", "--pipeline", "p");
    done("snapshot");
    done("snapshot", "orders");
    done("pause", "orders", "users");
    done("resume");

    assertThat(pipeline.asked)
        .containsExactly(
            new CopyRequest.Add(List.of("a", "b_*")),
            new CopyRequest.Remove(List.of("a")),
            new CopyRequest.Again(List.of()),
            new CopyRequest.Again(List.of("orders")),
            new CopyRequest.Pause(List.of("orders", "users")),
            new CopyRequest.Resume(List.of()));
    assertThat(text(out)).isEqualTo("done, and stored\n".repeat(6));
  }

  private void done(String... args) {
    String[] line = java.util.Arrays.copyOf(args, args.length + 2);
    line[args.length] = "-f";
    line[args.length + 1] = file.toString();
    assertThat(execute(Map.of(), line)).as(text(err)).isZero();
  }

  @Test
  void reloadIsOfAllAndTakesTheFileBare() {
    assertThat(execute(Map.of(), "reload", file.toString())).isZero();
    assertThat(execute(Map.of(), "reload", "-f", file.toString(), "-p", "p")).isZero();

    assertThat(text(out))
        .isEqualTo(
            "the configuration holds: Optional.empty\nthe configuration holds: Optional[p]\n");
  }

  @Test
  void tokenMayComeFromTheEnvironmentBesideAFile() throws IOException {
    file = configuration("orders", "host: 127.0.0.1");

    assertThat(execute(Map.of("HTTP_TOKEN", TOKEN), "pause", "-f", file.toString())).isZero();
    assertThat(execute(Map.of("HTTP_TOKEN", "other"), "pause", "-f", file.toString()))
        .isEqualTo(ExitCode.USAGE);
    assertThat(execute(Map.of(), "pause", "-f", file.toString())).isEqualTo(ExitCode.USAGE);
    assertThat(text(err)).startsWith("MR-HTTP-TOKEN: ").hasLineCount(2).doesNotContain(TOKEN);
    assertThat(pipeline.asked).hasSize(1);
  }

  @Test
  void refusalIsItsCodeAndItsSentence() {
    pipeline.answer =
        CompletableFuture.failedFuture(
            Failure.fatal("MR-COPY-OFF", "this pipeline copies nothing"));

    assertThat(execute(Map.of(), "snapshot", "-f", file.toString())).isEqualTo(ExitCode.FAILED);
    assertThat(text(err)).isEqualTo("MR-COPY-OFF: this pipeline copies nothing\n");
  }

  @Test
  void badNameIsRefusedByTheInstance() {
    assertThat(execute(Map.of(), "collections", "add", "$x", "-f", file.toString()))
        .isEqualTo(ExitCode.USAGE);
    assertThat(text(err)).startsWith("MR-REQUEST: add: found \"$x\"").hasLineCount(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"collections add x", "snapshot", "pause x", "resume", "reload"})
  void whereNobodyAnswersItIsOneSentence(String line) throws IOException {
    stop();

    assertThat(execute(Map.of(), (line + " -f " + file).split(" ")))
        .isEqualTo(ExitCode.UNREACHABLE);
    assertThat(text(err))
        .startsWith("MR-NO-INSTANCE: no Millrace answers on " + listener.address())
        .hasLineCount(1);
  }

  @Test
  void statusShowsCopiesAndWhereTheFileDiffers() throws IOException {
    pipeline.copy = FakePipeline.someCopied();

    assertThat(execute(Map.of(), "status", file.toString())).isZero();

    assertThat(text(out))
        .contains("pipeline p\nCOLLECTION ")
        .containsPattern(
            "shop.orders +pending +1,200,000 of about 3,000,000 \\(40 %\\) +3 of 8 ranges")
        .containsPattern("shop.secrets +unreadable +0 +0 of 1 range +may not be read")
        .containsPattern("shop.users +done +40")
        .containsPattern("shop.totals +not copyable +0 +a view")
        .contains("commit point 2026-01-01T00:00:00Z, no longer consistent: orders is copied again")
        .contains("the next commit point waits for shop.orders")
        .contains("commit points leave out old")
        .contains(
            "added while running: extra (not in the file; `millrace reload` makes the file hold)")
        .contains(
            "removed while running: users (still in the file; `millrace reload` makes the file hold)")
        .contains("paused: orders (`millrace resume` goes on)")
        .doesNotContain("the file has changed");
  }

  @Test
  void statusSaysWhatTheFileHasByNow() throws IOException {
    pipeline.copy = FakePipeline.someCopied();
    file = configuration("orders, \"e*\"", "host: 127.0.0.1");

    execute(Map.of(), "status", file.toString());

    assertThat(text(out))
        .doesNotContain("added while running")
        .doesNotContain("removed while running")
        .contains("the file has changed since, to shop: orders, e*; `millrace reload`");
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
    return stream.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
  }
}
