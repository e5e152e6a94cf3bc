package dev.millrace.verify;

import dev.millrace.table.RowKey;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One text for all JSON of the same value, whatever a database makes of the spelling: fields in any
 * order, of fields of one name the last; numbers in any spelling, so that {@code 1}, {@code 1.0}
 * and {@code 1E0} are one, and both zeros; and a string that a database does not take as <code>
 * {"$escaped": "…"}</code> with its JSON spelling. What is no JSON has a text of its own.
 */
final class JsonValue {
  private static final String ESCAPED = "$escaped";

  /** A number of so many digits is written out; beyond them with an exponent. */
  private static final int PLAIN_DIGITS = 40;

  private static final int MOST_DEPTH = 2_000;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MOST_DEPTH)
                          .maxNameLength(Integer.MAX_VALUE)
                          .maxStringLength(Integer.MAX_VALUE)
                          .maxNumberLength(10_000)
                          .build())
                  .build())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private JsonValue() {}

  /** The text of this JSON in UTF-8. */
  static String text(byte[] json) {
    JsonNode node = parse(json);
    if (node == null) {
      // No text below begins so.
      return "!" + new String(json, StandardCharsets.UTF_8);
    }
    StringBuilder out = new StringBuilder(json.length);
    append(node, out);
    return out.toString();
  }

  /** A hash of the text, to be kept in its place. */
  static String hash(byte[] json) {
    return RowKey.sha256(text(json));
  }

  private static @Nullable JsonNode parse(byte[] json) {
    try {
      JsonNode node = MAPPER.readTree(json);
      return node.isMissingNode() ? null : node;
    } catch (JacksonException e) {
      return null;
    }
  }

  private static void append(JsonNode node, StringBuilder out) {
    switch (node.getNodeType()) {
      case OBJECT -> object(node, out);
      case ARRAY -> {
        out.append('[');
        for (JsonNode element : node.values()) {
          append(element, out);
          out.append(',');
        }
        out.append(']');
      }
      case NUMBER -> number(node, out);
      case STRING -> string(node.asString(), out);
      default -> out.append(node.asString());
    }
  }

  private static void object(JsonNode node, StringBuilder out) {
    String unescaped = unescaped(node);
    if (unescaped != null) {
      string(unescaped, out);
      return;
    }
    Map<String, JsonNode> fields = new TreeMap<>();
    node.properties().forEach(field -> fields.put(field.getKey(), field.getValue()));
    out.append('{');
    fields.forEach((name, value) -> {
      string(name, out);
      out.append(':');
      append(value, out);
      out.append(',');
    });
    out.append('}');
  }

  private static @Nullable String unescaped(JsonNode node) {
    if (node.size() != 1 || !node.path(ESCAPED).isString()) {
      return null;
    }
    JsonNode spelled =
        parse(("\"" + node.path(ESCAPED).asString() + "\"").getBytes(StandardCharsets.UTF_8));
    return spelled != null && spelled.isString() ? spelled.asString() : null;
  }

  private static void number(JsonNode node, StringBuilder out) {
    if (node.isInt() || node.isLong()) {
      out.append(node.asLong());
      return;
    }
    BigDecimal value = node.decimalValue().stripTrailingZeros();
    boolean plain = value.scale() <= 0 && value.precision() - value.scale() <= PLAIN_DIGITS;
    out.append(plain ? value.toBigIntegerExact() : value);
  }

  private static void string(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\');
      }
      out.append(c);
    }
    out.append('"');
  }
}
