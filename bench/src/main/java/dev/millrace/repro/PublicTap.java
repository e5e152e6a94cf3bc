package dev.millrace.repro;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The tap-mongodb of PyPI, in a virtual environment below the cache folder. */
final class PublicTap {
  private static final String VERSION = "3.3.0";

  private final Path folder;

  PublicTap(Map<String, String> environment) {
    String base = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path cache =
        base.isEmpty()
            ? Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")), ".cache")
            : Path.of(base);
    folder = cache.resolve("millrace").resolve("tap-mongodb-" + VERSION).toAbsolutePath();
  }

  /** Installs it where it is not there yet. */
  Path executable() throws IOException, InterruptedException {
    Path executable = folder.resolve("bin/tap-mongodb");
    // pip writes it last of all, so that an install that was interrupted begins again.
    if (!Files.isExecutable(executable)) {
      System.err.println("repro: installing tap-mongodb " + VERSION + " into " + folder);
      Files.createDirectories(folder.getParent());
      run("python3", "-m", "venv", "--clear", folder.toString());
      // setuptools has pkg_resources, which it imports without saying so.
      run(
          folder.resolve("bin/pip").toString(),
          "install",
          "-q",
          "--disable-pip-version-check",
          "tap-mongodb==" + VERSION,
          "setuptools<81");
    }
    return executable;
  }

  private static void run(String... command) throws IOException, InterruptedException {
    int status = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (status != 0) {
      throw new IOException(String.join(" ", List.of(command)) + " ended with " + status);
    }
  }
}
