package dev.millrace.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@link MongoServers} to start: one node of a replica set unless told otherwise. */
public final class MongoServersBuilder {
  // Far above what a test holds, far below mongod's default of half the machine.
  private static final String CACHE_GIGABYTES = "0.5";
  private static final int KEY_BYTES = 96;

  private MongoServers.Kind kind = MongoServers.Kind.REPLICA_SET;
  private int nodes = 1;
  private boolean auth;
  private @Nullable Path folder;
  private @Nullable Path binary;
  private final List<String> arguments = new ArrayList<>();
  private final Map<String, String> parameters = new LinkedHashMap<>();

  MongoServersBuilder() {
    parameters.put("enableTestCommands", "1");
    parameters.put("diagnosticDataCollectionEnabled", "false");
  }

  /** Which kind of deployment. */
  public MongoServersBuilder kind(MongoServers.Kind wanted) {
    kind = wanted;
    return this;
  }

  /**
   * How many nodes, 1 to 7; only a replica set may have more than one. A set of several holds its
   * elections within about two seconds instead of ten.
   */
  public MongoServersBuilder nodes(int count) {
    if (count < 1 || count > 7) {
      throw new IllegalArgumentException("1 to 7 nodes, not " + count);
    }
    nodes = count;
    return this;
  }

  /** Demands login, and makes {@link MongoServers#ROOT_USER}, except where nothing is initiated. */
  public MongoServersBuilder auth() {
    auth = true;
    return this;
  }

  /** Where data and logs go, and stay after close; by default a temporary folder. */
  public MongoServersBuilder folder(Path wanted) {
    folder = wanted;
    return this;
  }

  /** The mongod to run; by default what {@link Binaries} finds. */
  public MongoServersBuilder binary(Path mongod) {
    binary = mongod;
    return this;
  }

  /** More arguments for mongod, as on its command line: {@code "--syncdelay", "1"}. */
  public MongoServersBuilder arguments(String... more) {
    arguments.addAll(List.of(more));
    return this;
  }

  /** A server parameter: {@code ("periodicNoopIntervalSecs", "1")}. */
  public MongoServersBuilder parameter(String name, String value) {
    parameters.put(name, value);
    return this;
  }

  /** The size of the oplog, 1 MB and up: small ones make histories that get lost fast. */
  public MongoServersBuilder oplogMegabytes(int size) {
    return arguments("--oplogSize", Integer.toString(size));
  }

  /**
   * Starts all nodes and, for a replica set, waits until one is a writable primary and the others
   * are secondaries.
   *
   * @throws ServerUnavailable when mongod is not found or does not get ready; nothing is left over
   */
  public MongoServers start() {
    if (nodes > 1 && kind != MongoServers.Kind.REPLICA_SET) {
      throw new IllegalArgumentException("Only a replica set has several nodes");
    }
    Path mongod = binary != null ? binary : Binaries.system().mongod();
    try {
      Path scratch = folder == null ? ServerProcess.scratchFolder("millrace-mongo-") : null;
      Path base = scratch == null ? Files.createDirectories(folder()) : scratch;
      List<String> command = command(mongod, base);
      List<MongoNode> members = new ArrayList<>();
      for (int i = 0; i < nodes; i++) {
        members.add(new MongoNode(command, base.resolve("node" + i), base));
      }
      MongoServers servers = new MongoServers(kind, auth, members, scratch);
      try {
        servers.startAll();
      } catch (IOException | RuntimeException e) {
        servers.close();
        throw e;
      }
      return servers;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path folder() {
    if (folder == null) {
      throw new IllegalStateException("No folder was given");
    }
    return folder.toAbsolutePath();
  }

  private List<String> command(Path mongod, Path base) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(mongod.toString());
    command.addAll(List.of("--bind_ip", "127.0.0.1", "--nounixsocket"));
    command.addAll(List.of("--wiredTigerCacheSizeGB", CACHE_GIGABYTES));
    if (kind != MongoServers.Kind.STANDALONE) {
      command.addAll(List.of("--replSet", MongoServers.SET_NAME));
    }
    if (auth) {
      command.add("--auth");
      if (kind != MongoServers.Kind.STANDALONE) {
        command.addAll(List.of("--keyFile", keyFile(base).toString()));
      }
    }
    parameters.forEach(
        (name, value) -> command.addAll(List.of("--setParameter", name + "=" + value)));
    command.addAll(arguments);
    return command;
  }

  /**
   * Members with authentication know each other by a shared secret that only the owner may read.
   */
  private static Path keyFile(Path base) throws IOException {
    Path file = base.resolve("key");
    if (!Files.exists(file)) {
      byte[] secret = new byte[KEY_BYTES];
      new SecureRandom().nextBytes(secret);
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(
          file, Base64.getEncoder().encodeToString(secret), StandardCharsets.US_ASCII);
    }
    return file;
  }
}
