package dev.millrace.sink.crate;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A column of a table, or a key inside one, with those below it.
 *
 * @param dimensions how many arrays are around the type
 */
record Column(Type type, int dimensions, Map<String, Column> children) {
  private static final String ARRAY = "_array";

  /** What values a column takes. */
  enum Type {
    BIGINT,
    DOUBLE,
    TEXT,
    BOOLEAN,
    /** A document whose keys become columns. */
    OPEN,
    /** A document of which only the keys that are there are taken. */
    STRICT,
    /** A document of which everything is taken. */
    IGNORED,
    /** Only nulls or empty arrays came yet. */
    UNDEFINED,
    /** One that a person chose, for all but documents: it is theirs what becomes of a value. */
    SCALAR,
    /** One that a person chose, for whatever it takes. */
    OTHER
  }

  /** A document of which nothing is there yet. */
  static final Column NEW = new Column(Type.OPEN, 0, Map.of());

  /**
   * What {@code information_schema.columns} says.
   *
   * @param dataType as {@code bigint_array}
   * @param policy of a document's keys
   */
  static Column of(String dataType, String policy) {
    String bare = dataType;
    int dimensions = 0;
    while (bare.endsWith(ARRAY)) {
      bare = bare.substring(0, bare.length() - ARRAY.length());
      dimensions++;
    }
    return new Column(type(bare, policy), dimensions, new HashMap<>());
  }

  private static Type type(String bare, String policy) {
    return switch (bare) {
      case "bigint" -> Type.BIGINT;
      case "double precision" -> Type.DOUBLE;
      case "text" -> Type.TEXT;
      case "boolean" -> Type.BOOLEAN;
      case "undefined" -> Type.UNDEFINED;
      case "object" ->
          switch (policy) {
            case "dynamic" -> Type.OPEN;
            case "ignored" -> Type.IGNORED;
            default -> Type.STRICT;
          };
      case "geo_shape" -> Type.OTHER;
      default -> Type.SCALAR;
    };
  }

  @Nullable Column child(String name) {
    return children.get(name);
  }

  /** Itself and all below it. */
  int count() {
    return 1 + children.values().stream().mapToInt(Column::count).sum();
  }

  boolean isObject() {
    return type == Type.OPEN || type == Type.STRICT || type == Type.IGNORED;
  }

  /** Puts a column below this one; those on the way to it come before it or after it. */
  void put(JsonNode path, Column column) {
    Column at = this;
    for (int i = 0; i < path.size() - 1; i++) {
      at =
          at.children.computeIfAbsent(
              path.get(i).asString(), any -> new Column(Type.OPEN, 0, new HashMap<>()));
    }
    String last = path.get(path.size() - 1).asString();
    Column before = at.children.get(last);
    at.children.put(
        last,
        before == null ? column : new Column(column.type, column.dimensions, before.children));
  }
}
