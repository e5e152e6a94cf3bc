package dev.millrace.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One running PostgreSQL on a loopback port, with handles to break it. Its superuser {@code
 * postgres} needs no password; texts are UTF-8 and sorted by their bytes (locale C). {@link #close}
 * ends it and removes its data; so do the end and the sudden death of this JVM. Thread-safe.
 */
public final class PostgresServer implements AutoCloseable {
  private static final Duration READY_DEADLINE = Duration.ofSeconds(60);
  private static final Duration STOP_DEADLINE = Duration.ofSeconds(30);
  private static final int PORT_TRIES = 5;
  private static final String USER = "postgres";
  private static final String DATABASE = "postgres";

  private final List<String> prefix;
  private final Path binary;
  private final Version version;
  private final Path folder;
  private final String settings;
  private volatile int port;
  private volatile @Nullable ServerProcess process;

  /**
   * @param prefix of its command lines, a command that becomes the one behind it
   * @param settings lines of its configuration, all but the port
   */
  PostgresServer(List<String> prefix, Path binary, Version version, Path folder, String settings) {
    this.prefix = prefix;
    this.binary = binary;
    this.version = version;
    this.folder = folder;
    this.settings = settings;
  }

  /** Says what to start. */
  public static PostgresServerBuilder builder() {
    return new PostgresServerBuilder();
  }

  /** Makes the data folder. */
  void initialize() throws IOException {
    Processes.Result result =
        Processes.run(
            command(
                binary.resolveSibling("initdb").toString(),
                "--pgdata=" + data(),
                "--username=" + USER,
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync"),
            READY_DEADLINE);
    if (result.status() != 0) {
      throw new ServerUnavailable(
          ServerUnavailable.NOT_STARTED, "initdb of PostgreSQL failed:\n" + result.output());
    }
  }

  synchronized void startAnywhere() throws IOException {
    for (int i = 1; ; i++) {
      port = Ports.free();
      Files.writeString(data().resolve("postgresql.conf"), settings + "port = " + port + "\n");
      if (launch()) {
        return;
      }
      if (i == PORT_TRIES || !LogTail.of(logFile()).contains("Address already in use")) {
        throw notStarted();
      }
    }
  }

  /** False when the process ended instead of getting ready. */
  private boolean launch() throws IOException {
    process =
        ServerProcess.start(command(binary.toString(), "-D", data().toString()), logFile(), folder);
    Poll.until(READY_DEADLINE, () -> !isAlive() || answers(), this::notStarted);
    return isAlive();
  }

  /** Whether this very server does, and not another one that was faster in taking the port. */
  private boolean answers() {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW data_directory")) {
      return row.next() && data().toString().equals(row.getString(1));
    } catch (SQLException e) {
      // Nobody listens yet, or it still recovers.
      return false;
    }
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(url() + "&connectTimeout=10&socketTimeout=60");
  }

  private ServerUnavailable notStarted() {
    return new ServerUnavailable(
        ServerUnavailable.NOT_STARTED,
        "PostgreSQL did not start. Its log ends with:\n" + LogTail.of(logFile()));
  }

  private List<String> command(String... words) {
    return Stream.concat(prefix.stream(), Stream.of(words)).toList();
  }

  /** How JDBC reaches its first database, named {@code postgres}. */
  public String url() {
    return url(DATABASE);
  }

  /** How JDBC reaches this database. */
  public String url(String database) {
    return "jdbc:postgresql://127.0.0.1:%d/%s?user=%s".formatted(port, database, USER);
  }

  /** How libpq, and what goes by its rules, reaches its first database, named {@code postgres}. */
  public String uri() {
    return uri(DATABASE);
  }

  /** How libpq, and what goes by its rules, reaches this database. */
  public String uri(String database) {
    return "postgresql://%s@127.0.0.1:%d/%s".formatted(USER, port, database);
  }

  /**
   * Makes an empty database.
   *
   * @param name of letters, digits and underscores, as {@link Lab#freshName} has it
   * @return its {@link #uri(String)}
   * @throws IllegalStateException when the server refuses or does not answer
   */
  public String createDatabase(String name) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      // Of template0, which nobody can be connected to: that would be in the way.
      statement.execute("CREATE DATABASE \"" + name + "\" TEMPLATE template0");
      return uri(name);
    } catch (SQLException e) {
      throw new IllegalStateException("Cannot make database " + name, e);
    }
  }

  /** The loopback port it listens on, for all its life. */
  public int port() {
    return port;
  }

  /** The process id of its postmaster; another one after {@link #start}. */
  public long pid() {
    return process().pid();
  }

  /** What the binary says it is; the third number is 0. */
  public Version version() {
    return version;
  }

  /** Where it writes its log. */
  public Path logFile() {
    return folder.resolve("postgres.log");
  }

  /** Whether its postmaster exists; a paused one does. */
  public boolean isAlive() {
    ServerProcess running = process;
    return running != null && running.isAlive();
  }

  /**
   * Kills all its processes without warning (SIGKILL); returns once they are gone. It recovers at
   * the next {@link #start}.
   */
  public void kill() {
    process().kill();
  }

  /**
   * Stops it in an orderly way: transactions are rolled back and connections closed (its fast
   * shutdown). A paused one runs on for that. Returns once it is gone.
   */
  public void stop() {
    end("INT");
  }

  private void end(String signal) {
    ServerProcess running = process();
    if (running.isPaused()) {
      running.resume();
    }
    running.stop(signal, STOP_DEADLINE);
  }

  /** Stops all its processes from running (SIGSTOP): connections stay open, nobody answers. */
  public void pause() {
    process().pause();
  }

  /** Lets them run on after {@link #pause}. */
  public void resume() {
    process().resume();
  }

  /**
   * Starts it again after {@link #kill} or {@link #stop}, with the same port and data; waits until
   * it answers.
   *
   * @throws IllegalStateException when it runs
   * @throws ServerUnavailable when it does not get ready
   */
  public synchronized void start() {
    if (isAlive()) {
      throw new IllegalStateException("PostgreSQL on port " + port + " is still running");
    }
    try {
      if (!launch()) {
        throw notStarted();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ServerProcess process() {
    ServerProcess running = process;
    if (running == null) {
      throw new IllegalStateException("PostgreSQL was never started");
    }
    return running;
  }

  private Path data() {
    return folder.resolve("data");
  }

  @Override
  public synchronized void close() {
    if (isAlive()) {
      // Its immediate shutdown: as fast as SIGKILL, but it gives back its System V shared memory.
      end("QUIT");
    }
    try {
      ServerProcess.removeScratch(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
