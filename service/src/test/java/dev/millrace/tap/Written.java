package dev.millrace.tap;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a program that speaks Singer left: how it ended, its stdout, and its stderr. Numbers are
 * read with all their digits, and Python's {@code NaN} is taken for one.
 */
record Written(int code, String out, String err) {
  static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  /** All lines, each of them an object of JSON. */
  List<JsonNode> lines() {
    return out.lines().map(MAPPER::readTree).toList();
  }

  /** All messages of a type. */
  List<JsonNode> messages(String type) {
    return lines().stream().filter(line -> line.path("type").asString().equals(type)).toList();
  }

  /** What the records hold, in their order. */
  List<JsonNode> records() {
    return messages("RECORD").stream().map(message -> message.path("record")).toList();
  }

  /** The same, of each {@code _id}. */
  Map<String, List<JsonNode>> recordsById() {
    Map<String, List<JsonNode>> byId = new LinkedHashMap<>();
    for (JsonNode row : records()) {
      byId.computeIfAbsent(row.path("_id").toString(), id -> new ArrayList<>()).add(row);
    }
    return byId;
  }

  /** The last state, which the next run is given. */
  JsonNode state() {
    return messages("STATE").getLast().path("value");
  }
}
