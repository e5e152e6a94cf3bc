package dev.millrace.repro;

import com.mongodb.client.MongoClient;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Starts the server and makes all that a run needs: config, catalogs, state, and what to read. */
final class Init {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final Place place;
  private final Times times;
  private final PrintStream out;

  Init(Place place, Times times, PrintStream out) {
    this.place = place;
    this.times = times;
    this.out = out;
  }

  void run() throws IOException, InterruptedException {
    if (Server.running(place).isPresent()) {
      throw new UsageException("a server is running already: ./repro/session-timeout/stop first");
    }
    Server.stop(place);
    Files.createDirectories(place.state());
    try {
      Server server = Server.start(place, times);
      try (MongoClient client = server.root()) {
        tellOf(server, client);
        Documents documents = new Documents(client);
        documents.insertEarlier();
        writeConfig(server);
        writeCatalogs();
        writeState();
        documents.insertMore();
        documents.updateAll();
      }
      write(
          place.facts(), MAPPER.createObjectNode().put("stall_seconds", times.stall().toSeconds()));
      out.printf(
          "behind that state  %,d documents inserted and %,d updated, of 8 kB each%n",
          Documents.INSERTED, Documents.ALL);
      out.println("connection string  " + server.uri());
    } catch (IOException | RuntimeException | InterruptedException e) {
      Server.stop(place);
      throw e;
    }
  }

  private void tellOf(Server server, MongoClient client) {
    out.printf(
        "mongod %s on port %d: replica set %s, keyfile, user %s; every operation is logged%n",
        Server.version(client), server.port(), Server.SET, Server.USER);
    out.printf(
        "session timeout    %d minute, as hello says (logicalSessionTimeoutMinutes)%n",
        Server.sessionTimeout(client));
    out.printf(
        "its enforcement    logicalSessionRefreshMillis=%s ttlMonitorSleepSecs=%s%n",
        Server.parameter(client, "logicalSessionRefreshMillis"),
        Server.parameter(client, "ttlMonitorSleepSecs"));
  }

  /** The settings of the public tap, which ours takes as they are. */
  private void writeConfig(Server server) throws IOException {
    ObjectNode config =
        MAPPER
            .createObjectNode()
            .put("host", "127.0.0.1")
            .put("port", Integer.toString(server.port()))
            .put("user", Server.USER)
            .put("password", Server.PASSWORD)
            .put("database", "admin")
            .put("replica_set", Server.SET);
    write(place.config(), config);
    for (Lives lives : Lives.values()) {
      String uri = server.uri() + "&appName=" + lives.script();
      write(place.config(lives.script()), config.deepCopy().put("connection_string", uri));
    }
  }

  private void writeCatalogs() throws IOException, InterruptedException {
    JsonNode found =
        MAPPER.readTree(String.join("\n", tap("--config", place.config(), "--discover")));
    write(place.catalog(), selected(found, "FULL_TABLE"));
    write(place.logCatalog(), selected(found, "LOG_BASED"));
    out.printf(
        "catalogs           %s (FULL_TABLE), %s (LOG_BASED)%n",
        place.shown(place.catalog()), place.shown(place.logCatalog()));
  }

  private static JsonNode selected(JsonNode found, String method) {
    JsonNode catalog = found.deepCopy();
    for (JsonNode stream : catalog.path("streams").values()) {
      for (JsonNode entry : stream.path("metadata").values()) {
        if (entry.path("metadata") instanceof ObjectNode metadata) {
          metadata.put("selected", true).put("replication-method", method);
        }
      }
    }
    return catalog;
  }

  /** As a target keeps it: what the last STATE says. */
  private void writeState() throws IOException, InterruptedException {
    JsonNode state = MAPPER.missingNode();
    long records = 0;
    for (String line : tap("--config", place.config(), "--catalog", place.logCatalog())) {
      JsonNode message = MAPPER.readTree(line);
      String type = message.path("type").asString("");
      if (type.equals("STATE")) {
        state = message.path("value");
      } else if (type.equals("RECORD")) {
        records++;
      }
    }
    write(place.tapState(), state);
    out.printf(
        "state              %s, of a first run that copied %,d documents%n",
        place.shown(place.tapState()), records);
  }

  private static void write(Path file, JsonNode json) throws IOException {
    Files.writeString(file, MAPPER.writeValueAsString(json) + "\n");
  }

  private List<String> tap(Object... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(place.launcher(), "tap"));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    List<String> lines = process.inputReader(StandardCharsets.UTF_8).lines().toList();
    int status = process.waitFor();
    if (status != 0) {
      throw new IOException("%s ended with %d".formatted(String.join(" ", command), status));
    }
    return lines;
  }
}
