package dev.millrace.repro;

import com.mongodb.ConnectionString;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import dev.millrace.lab.Binaries;
import dev.millrace.lab.Folders;
import dev.millrace.lab.Ports;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.bson.BsonDocument;

/**
 * A mongod that outlives whoever started it: a replica set of one, with a keyfile and users, that
 * logs every operation.
 */
final class Server {
  static final String USER = "tap";
  static final String PASSWORD = "of-a-slow-target";
  static final String SET = "repro";

  private static final String ROOT = "root";
  private static final int KEY_BYTES = 96;
  private static final int TRIES = 5;
  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final long LOOK_MILLIS = 50;

  private final int port;

  private Server(int port) {
    this.port = port;
  }

  /** Starts one in a folder that has none; returns once it can be written to. */
  static Server start(Place place, Times times) throws IOException, InterruptedException {
    Path folder = place.server();
    Files.createDirectories(folder.resolve("data"));
    Path key = keyFile(folder);
    for (int i = 1; ; i++) {
      int port = Ports.free();
      List<String> command = new ArrayList<>(List.of(Binaries.system().mongod().toString()));
      command.addAll(List.of("--fork", "--pidfilepath", place.pidFile().toString()));
      command.addAll(List.of("--dbpath", folder.resolve("data").toString()));
      command.addAll(List.of("--logpath", place.serverLog().toString()));
      command.addAll(List.of("--bind_ip", "127.0.0.1", "--port", Integer.toString(port)));
      command.addAll(List.of("--nounixsocket", "--wiredTigerCacheSizeGB", "0.5"));
      command.addAll(List.of("--replSet", SET, "--oplogSize", "990"));
      command.addAll(List.of("--auth", "--keyFile", key.toString()));
      // Below any duration: every operation is a slow one.
      command.addAll(List.of("--slowms", "-1"));
      command.addAll(List.of("--setParameter", "diagnosticDataCollectionEnabled=false"));
      command.addAll(times.arguments());
      Path output = folder.resolve("output.log");
      int status =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start()
              .waitFor();
      if (status == 0) {
        Server server = new Server(port);
        server.initiate();
        return server;
      }
      if (i == TRIES) {
        throw new IOException("mongod did not start:\n" + Files.readString(output));
      }
    }
  }

  private static Path keyFile(Path folder) throws IOException {
    byte[] secret = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(secret);
    Path file = folder.resolve("key");
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, Base64.getEncoder().encodeToString(secret), StandardCharsets.US_ASCII);
    return file;
  }

  private void initiate() throws IOException, InterruptedException {
    // The first user may be made without logging in, from the same machine.
    try (MongoClient nobody = client("")) {
      run(
          nobody,
          "{replSetInitiate: {_id: '%s', members: [{_id: 0, host: '127.0.0.1:%d'}]}}"
              .formatted(SET, port));
      long end = System.nanoTime() + DEADLINE.toNanos();
      while (!run(nobody, "{hello: 1}").getBoolean("isWritablePrimary").getValue()) {
        if (System.nanoTime() > end) {
          throw new IOException("mongod did not become a primary within " + DEADLINE);
        }
        Thread.sleep(LOOK_MILLIS);
      }
      run(nobody, "{createUser: '%s', pwd: '%s', roles: ['root']}".formatted(ROOT, PASSWORD));
    }
    try (MongoClient root = root()) {
      // The public tap reads the oplog itself.
      run(
          root,
          "{createUser: '%s', pwd: '%s', roles: [{role: 'readAnyDatabase', db: 'admin'}, {role: 'read', db: 'local'}]}"
              .formatted(USER, PASSWORD));
    }
  }

  /** May do everything; the caller closes it. */
  MongoClient root() {
    return client(ROOT + ":" + PASSWORD + "@");
  }

  private MongoClient client(String login) {
    return MongoClients.create(
        new ConnectionString(
            "mongodb://%s127.0.0.1:%d/?directConnection=true&appName=init".formatted(login, port)));
  }

  int port() {
    return port;
  }

  /** As the tap logs in. */
  String uri() {
    return "mongodb://%s:%s@127.0.0.1:%d/?replicaSet=%s".formatted(USER, PASSWORD, port, SET);
  }

  /** As clients read it, in minutes. */
  static int sessionTimeout(MongoClient client) {
    return run(client, "{hello: 1}").getNumber("logicalSessionTimeoutMinutes").intValue();
  }

  static String parameter(MongoClient client, String name) {
    BsonDocument reply = run(client, "{getParameter: 1, %s: 1}".formatted(name));
    return Integer.toString(reply.getNumber(name).intValue());
  }

  static String version(MongoClient client) {
    return run(client, "{buildInfo: 1}").getString("version").getValue();
  }

  private static BsonDocument run(MongoClient client, String command) {
    return client.getDatabase("admin").runCommand(BsonDocument.parse(command), BsonDocument.class);
  }

  /** The process that {@link #start} left running there; a stranger with its number is none. */
  static Optional<ProcessHandle> running(Place place) throws IOException {
    if (!Files.exists(place.pidFile())) {
      return Optional.empty();
    }
    String pid = Files.readString(place.pidFile()).strip();
    return pid.isEmpty()
        ? Optional.empty()
        : ProcessHandle.of(Long.parseLong(pid))
            .filter(process ->
                process.info().command().filter(name -> name.endsWith("mongod")).isPresent());
  }

  /** Ends it and removes all that was kept. */
  static void stop(Place place) throws IOException, InterruptedException {
    Optional<ProcessHandle> process = running(place);
    if (process.isPresent()) {
      process.get().destroy();
      try {
        process.get().onExit().get(30, TimeUnit.SECONDS);
      } catch (TimeoutException | ExecutionException e) {
        process.get().destroyForcibly();
      }
    }
    Folders.delete(place.state());
  }
}
