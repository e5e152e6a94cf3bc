package dev.millrace.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What {@link PostgresServer} to start: a small one that keeps what it has acknowledged. */
public final class PostgresServerBuilder {
  private static final Duration PROBE_DEADLINE = Duration.ofSeconds(10);

  // It refuses to run as root. In a user namespace of its own root is a user like any other, and
  // may still read and write what root may. What it leaves of System V shared memory when it is
  // killed ends with a namespace, too.
  private static final List<String> AS_NOBODY = List.of("unshare", "-U", "-i");

  private @Nullable Path binary;
  private final Map<String, String> settings = new LinkedHashMap<>();

  PostgresServerBuilder() {
    settings.put("listen_addresses", "127.0.0.1");
    settings.put("unix_socket_directories", "");
    settings.put("max_connections", "50");
    settings.put("shared_buffers", "32MB");
    // Files in its own folder, which goes with it; /dev/shm keeps what a killed one left there.
    settings.put("dynamic_shared_memory_type", "mmap");
    settings.put("timezone", "UTC");
    settings.put("log_timezone", "UTC");
  }

  /** The postgres to run, with its initdb beside it; by default what {@link Binaries} finds. */
  public PostgresServerBuilder binary(Path postgres) {
    binary = postgres;
    return this;
  }

  /**
   * Whether it waits for the disk, as by default. Without, it loses nothing by {@link
   * PostgresServer#kill} either, only by a crash of the machine; and its recovery does not write
   * all files out first, which takes a slow disk seconds.
   */
  public PostgresServerBuilder fsync(boolean on) {
    return setting("fsync", on ? "on" : "off");
  }

  /** Any other line of its configuration: {@code ("max_connections", "5")}. */
  public PostgresServerBuilder setting(String name, String value) {
    settings.put(name, value);
    return this;
  }

  /**
   * Makes its data folder, starts the server and waits until it answers.
   *
   * @throws ServerUnavailable when it is not found or does not get ready; nothing is left over
   */
  public PostgresServer start() {
    Path postgres = binary != null ? binary : Binaries.system().postgres();
    Version version = Binaries.version(postgres);
    try {
      List<String> prefix = isRoot() ? asNobody() : List.of();
      PostgresServer server =
          new PostgresServer(
              prefix,
              postgres,
              version,
              ServerProcess.scratchFolder("millrace-postgres-"),
              lines());
      try {
        server.initialize();
        server.startAnywhere();
      } catch (IOException | RuntimeException e) {
        server.close();
        throw e;
      }
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isRoot() throws IOException {
    return Processes.run(List.of("id", "-u"), PROBE_DEADLINE).output().equals("0");
  }

  private static List<String> asNobody() {
    String reason;
    try {
      Processes.Result result =
          Processes.run(
              Stream.concat(AS_NOBODY.stream(), Stream.of("true")).toList(), PROBE_DEADLINE);
      if (result.status() == 0) {
        return AS_NOBODY;
      }
      reason = result.output();
    } catch (IOException e) {
      reason = String.valueOf(e.getMessage());
    }
    throw new ServerUnavailable(
        ServerUnavailable.NOT_STARTED,
        "PostgreSQL does not run as root, and `%s` does not work here (%s): run this as another user."
            .formatted(String.join(" ", AS_NOBODY), reason));
  }

  private String lines() {
    return settings.entrySet().stream()
        .map(line -> line.getKey() + " = '" + line.getValue().replace("'", "''") + "'\n")
        .collect(Collectors.joining());
  }
}
