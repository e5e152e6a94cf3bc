package dev.millrace.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerProcessTest {
  /**
   * Starts a server of many processes, says its pid and folder, and waits to be killed or let go.
   */
  public static final class Starter {
    private Starter() {}

    public static void main(String[] arguments) throws Exception {
      PostgresServer server = PostgresServer.builder().start();
      System.out.println(server.pid() + " " + server.logFile().getParent());
      System.in.read();
    }
  }

  @Test
  void aServerDiesWithAJvmThatIsKilled() throws Exception {
    assertThatTheServerEnds(true);
  }

  @Test
  void aServerDiesWithAJvmThatForgetsIt() throws Exception {
    assertThatTheServerEnds(false);
  }

  /** Busy, for one that sleeps is stopped as soon as the signal is sent. */
  @Test
  void whatIsPausedStandsStill(@TempDir Path folder) throws Exception {
    ServerProcess busy =
        ServerProcess.start(
            List.of("sh", "-c", "while :; do :; done"), folder.resolve("output"), folder);
    try {
      for (int i = 0; i < 100; i++) {
        busy.pause();
        assertThat(busy.standsStill()).isTrue();
        busy.resume();
      }
    } finally {
      busy.kill();
    }
  }

  @Test
  void whatItStartedIsPausedAndKilledWithIt(@TempDir Path folder) throws Exception {
    assumeTrue(Files.isDirectory(Path.of("/proc/self")), "no /proc to tell what runs");
    ServerProcess parent =
        ServerProcess.start(
            List.of("sh", "-c", "while :; do :; done & while :; do :; done"),
            folder.resolve("output"),
            folder);
    try {
      ProcessHandle child =
          Awaitility.await().until(() -> childOf(parent), Optional::isPresent).orElseThrow();
      for (int i = 0; i < 5; i++) {
        parent.pause();
        assertThat(state(child)).isEqualTo("T");
        parent.resume();
        Awaitility.await().until(() -> state(child).equals("R"));
      }
      parent.pause();
      parent.kill();
      assertThat(ServerProcess.isGone(child)).isTrue();
    } finally {
      parent.kill();
    }
  }

  private static Optional<ProcessHandle> childOf(ServerProcess process) {
    return ProcessHandle.of(process.pid()).flatMap(parent -> parent.children().findAny());
  }

  private static String state(ProcessHandle process) throws IOException {
    String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
    return stat.split(" ", -1)[2];
  }

  private static void assertThatTheServerEnds(boolean kill) throws Exception {
    assumeFalse(Lab.serversSkipped(), "servers=skip");
    Process jvm =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    Starter.class.getName()))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader reader = jvm.inputReader(StandardCharsets.UTF_8)) {
      String[] said = Objects.requireNonNull(reader.readLine()).split(" ", 2);
      ProcessHandle server = ProcessHandle.of(Long.parseLong(said[0])).orElseThrow();
      List<ProcessHandle> processes =
          Stream.concat(Stream.of(server), server.descendants()).toList();
      assertThat(processes).hasSizeGreaterThan(1);
      if (kill) {
        jvm.destroyForcibly();
      } else {
        jvm.getOutputStream().close();
      }
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> processes.stream().allMatch(ServerProcess::isGone));
      Awaitility.await().until(() -> !Files.exists(Path.of(said[1])));
    } finally {
      jvm.destroyForcibly();
    }
  }
}
