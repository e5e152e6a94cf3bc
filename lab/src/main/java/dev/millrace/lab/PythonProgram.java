package dev.millrace.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A program on the Python package index, in a virtual environment of its own, pinned by version
 * with what it needs in other versions than pip would take. Found by {@link Binaries#python}.
 *
 * @param project its name on the index
 * @param version the exact version
 * @param more other requirements, as pip has them
 * @param command the file in the environment's {@code bin} that starts it
 */
public record PythonProgram(String project, String version, List<String> more, String command) {
  /** Singer's tap for MongoDB; it pins all that it needs itself. */
  public static final PythonProgram TAP_MONGODB =
      new PythonProgram("tap-mongodb", "3.3.0", List.of(), "tap-mongodb");

  /** Written last: an environment without it was never finished. */
  private static final String READY = "millrace-ready";

  private static final String REMEDY =
      "Install python3 with its venv and pip, and let pip reach a package index.";

  public PythonProgram {
    more = List.copyOf(more);
  }

  /** Its name and exact version, as pip wants them. */
  public String requirement() {
    return project + "==" + version;
  }

  /**
   * Makes the environment unless it is there. In the place where it stays, for its scripts name the
   * Python in it by path: so one that was interrupted is known by what it lacks, and made anew.
   *
   * @return the command
   * @throws ServerUnavailable when it cannot be made: Python, its venv, pip or the index is missing
   */
  Path install(Path python, CacheFolder cache) {
    Path folder = cache.folder().resolve(folderName());
    try {
      if (!isReady(folder)) {
        cache.locked(() -> {
          if (!isReady(folder)) {
            make(python, folder, cache);
          }
        });
      }
    } catch (IOException e) {
      throw new ServerUnavailable(
          ServerUnavailable.NOT_FOUND,
          "No %s: %s. %s".formatted(requirement(), e.getMessage(), REMEDY),
          e);
    }
    return command(folder);
  }

  private void make(Path python, Path folder, CacheFolder cache) throws IOException {
    cache.say("installing " + requirement());
    Folders.delete(folder);
    run("python3 -m venv", List.of(python.toString(), "-m", "venv", folder.toString()));
    List<String> pip = new ArrayList<>();
    pip.add(folder.resolve("bin/python").toString());
    pip.addAll(
        List.of("-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"));
    pip.add(requirement());
    pip.addAll(more);
    run("pip", pip);
    if (!Files.isExecutable(command(folder))) {
      throw new IOException("the package has no command " + command);
    }
    Files.createFile(folder.resolve(READY));
    cache.say("ready: " + command(folder));
  }

  private static void run(String what, List<String> line) throws IOException {
    Processes.Result result = Processes.run(line, PackageCache.FETCH_DEADLINE);
    if (result.status() != 0) {
      String last = result.output().lines().reduce("", (first, second) -> second);
      throw new IOException("%s ended with %d: %s".formatted(what, result.status(), last));
    }
  }

  /** A Python that was removed since leaves a link to nothing. */
  private boolean isReady(Path folder) {
    return Files.exists(folder.resolve(READY))
        && Files.isExecutable(folder.resolve("bin/python"))
        && Files.isExecutable(command(folder));
  }

  private Path command(Path folder) {
    return folder.resolve("bin").resolve(command);
  }

  private String folderName() {
    int pins = more.hashCode();
    return "%s-%s%s"
        .formatted(project, version, more.isEmpty() ? "" : "-" + Integer.toHexString(pins));
  }
}
