package dev.millrace.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a Python that is a shell script: it makes its environments of links to itself. */
class PythonProgramTest {
  private static final PythonProgram THING =
      new PythonProgram("thing", "1.0", List.of("other<2"), "thing");

  @TempDir private Path folder;
  private Path installed;

  @BeforeEach
  void aPython() throws IOException {
    installed = folder.resolve("installed");
    Path python =
        Files.writeString(
            folder.resolve("python3"),
            """
            #!/bin/sh
            here=$(dirname "$0")
            case "$2" in
              venv) [ ! -e '%1$s/no-venv' ] || { echo 'No module named venv'; exit 1; }
                mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
              pip) [ ! -e '%1$s/no-pip' ] || { echo 'looking'; echo 'no such version'; exit 2; }
                echo "$*" >> '%1$s/installed'; cp "$0" "$here/thing" ;;
            esac
            """
                .formatted(folder));
    assertThat(python.toFile().setExecutable(true)).isTrue();
  }

  @Test
  void isInstalledOnceHoweverManyAskForIt() throws IOException {
    ConcurrentLinkedQueue<Path> found = new ConcurrentLinkedQueue<>();
    List<Thread> threads =
        IntStream.range(0, 4)
            .mapToObj(i -> Thread.ofPlatform().start(() -> found.add(binaries().python(THING))))
            .toList();
    threads.forEach(PythonProgramTest::join);
    assertThat(found).hasSize(4).containsOnly(binaries().python(THING));
    assertThat(found.element()).isExecutable();
    assertThat(Files.readAllLines(installed))
        .singleElement()
        .asString()
        .endsWith("thing==1.0 other<2");
  }

  @Test
  void oneThatWasNotFinishedIsMadeAnew() throws IOException {
    Path command = binaries().python(THING);
    Path environment = command.resolveSibling("..");
    Files.delete(environment.resolve("millrace-ready"));
    Path left = Files.createFile(environment.resolve("left"));
    assertThat(binaries().python(THING)).isEqualTo(command);
    assertThat(left).doesNotExist();
    assertThat(Files.readAllLines(installed)).hasSize(2);
    Files.delete(environment.resolve("bin/python"));
    binaries().python(THING);
    assertThat(Files.readAllLines(installed)).hasSize(3);
  }

  @Test
  void otherPinsAreAnotherEnvironment() {
    PythonProgram other = new PythonProgram("thing", "1.0", List.of("other<3"), "thing");
    assertThat(binaries().python(other)).isNotEqualTo(binaries().python(THING));
  }

  @Test
  void whatIsMissingIsSaid() throws IOException {
    assertRefused(new Binaries(Map.of("PATH", "/nowhere"), line -> {}), "python3 is not on PATH");
    Path noPip = Files.createFile(folder.resolve("no-pip"));
    assertRefused(binaries(), "pip ended with 2: no such version");
    Files.delete(noPip);
    Files.createFile(folder.resolve("no-venv"));
    assertRefused(binaries(), "python3 -m venv ended with 1: No module named venv");
  }

  private static void assertRefused(Binaries binaries, String why) {
    assertThatThrownBy(() -> binaries.python(THING))
        .isInstanceOf(ServerUnavailable.class)
        .hasMessageStartingWith("MR-LAB-01 No thing==1.0: ")
        .hasMessageContaining(why);
  }

  private Binaries binaries() {
    return new Binaries(
        Map.of(
            "XDG_CACHE_HOME",
            folder.resolve("cache").toString(),
            "PATH",
            folder + ":" + System.getenv("PATH")),
        line -> {});
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
