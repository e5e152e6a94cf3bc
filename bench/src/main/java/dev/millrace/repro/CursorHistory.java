package dev.millrace.repro;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a server logged of the cursors that one client read changes with. */
final class CursorHistory {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");
  private static final int KILLED = 20528;

  private final String client;
  private final Map<Long, List<String>> cursors = new LinkedHashMap<>();
  private final Map<String, Long> sessions = new LinkedHashMap<>();

  /** Those that the tap has not ended itself, after which the server takes them away. */
  private final Set<Long> open = new HashSet<>();

  private CursorHistory(String client) {
    this.client = client;
  }

  /**
   * Reads it.
   *
   * @param from the byte at which the log went on when the client began
   * @param client the name under which it is in the log; empty where it says none
   */
  static CursorHistory of(Path log, long from, String client) throws IOException {
    CursorHistory history = new CursorHistory(client);
    try (FileChannel file = FileChannel.open(log);
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(
                    Channels.newInputStream(file.position(from)), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.contains("cursor") || line.contains("Sessions")) {
          history.take(MAPPER.readTree(line));
        }
      }
    }
    return history;
  }

  private void take(JsonNode line) {
    JsonNode attributes = line.path("attr");
    JsonNode command = attributes.path("command");
    String time = OffsetDateTime.parse(line.path("t").path("$date").asString()).format(TIME);
    if (line.path("id").asInt() == KILLED) {
      add(
          attributes.path("cursorId").asLong(),
          time,
          "KILLED",
          "\"%s\"".formatted(line.path("msg").asString()));
    } else if (!attributes.path("appName").asString("").equals(client)) {
      return;
    } else if (command.has("getMore")) {
      more(command.path("getMore").asLong(), time, attributes);
    } else if (command.has("endSessions")) {
      for (JsonNode session : command.path("endSessions").values()) {
        Long cursor = sessions.remove(uuid(session));
        if (cursor != null) {
          add(cursor, time, "ended", "endSessions, by the tap");
          open.remove(cursor);
        }
      }
    } else if (command.has("refreshSessions")) {
      Long cursor = sessions.get(uuid(command.path("lsid")));
      if (cursor != null) {
        add(cursor, time, "refreshed", "refreshSessions, in the cursor's session");
      }
    } else if (attributes.has("cursorid") && isOfChanges(command)) {
      long cursor = attributes.path("cursorid").asLong();
      cursors.put(cursor, new ArrayList<>());
      sessions.put(uuid(command.path("lsid")), cursor);
      open.add(cursor);
      add(
          cursor,
          time,
          "opened",
          "%s on %s, nreturned %s"
              .formatted(
                  command.propertyNames().iterator().next(),
                  attributes.path("ns").asString(),
                  attributes.path("nreturned").asString("0")));
    }
  }

  private static String uuid(JsonNode session) {
    return session.path("id").path("$uuid").asString();
  }

  private static boolean isOfChanges(JsonNode command) {
    return command.path("pipeline").path(0).has("$changeStream")
        || command.path("find").asString("").equals("oplog.rs");
  }

  private void more(long cursor, String time, JsonNode attributes) {
    int error = attributes.path("errCode").asInt(0);
    if (error != 0) {
      add(
          cursor,
          time,
          "getMore",
          "%s (%d): %s"
              .formatted(
                  attributes.path("errName").asString(),
                  error,
                  attributes.path("errMsg").asString()));
    } else {
      add(
          cursor,
          time,
          "getMore",
          "nreturned %,d, %,d bytes"
              .formatted(
                  attributes.path("nreturned").asLong(), attributes.path("reslen").asLong()));
    }
  }

  private void add(long cursor, String time, String what, String detail) {
    List<String> lines = cursors.get(cursor);
    if (lines != null && open.contains(cursor)) {
      lines.add("  %s  %-9s %s".formatted(time, what, detail));
    }
  }

  void print(PrintStream out) {
    cursors.forEach((cursor, lines) -> {
      out.printf("cursor %d, out of the server's log:%n", cursor);
      lines.forEach(out::println);
    });
  }
}
