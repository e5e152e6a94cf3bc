package dev.millrace.tap;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.DecimalNode;
import tools.jackson.databind.node.DoubleNode;

/** In what a record of ours may differ from tap-mongodb's of the same document, and why. */
enum KnownDifference {
  /** JSON has no such numbers: most parsers refuse the line that has them as bare words. */
  NOT_A_NUMBER {
    @Override
    boolean explains(String path, JsonNode theirs, JsonNode ours) {
      return theirs instanceof DoubleNode number
          && ours.isString()
          && ours.asString().equals(Double.toString(number.doubleValue()));
    }
  },
  /** A scope is text in either, but of JSON where tap-mongodb writes what Python calls it. */
  SCOPE {
    @Override
    boolean explains(String path, JsonNode theirs, JsonNode ours) {
      return path.endsWith(".scope")
          && theirs.isString()
          && theirs.asString().replace('\'', '"').equals(ours.asString());
    }
  },
  /** The same binary fraction by other digits: 4.9E-324 is 5e-324. */
  DIGITS {
    @Override
    boolean explains(String path, JsonNode theirs, JsonNode ours) {
      return theirs instanceof DecimalNode their
          && ours instanceof DecimalNode our
          && their.decimalValue().precision() <= MOST_DIGITS
          && our.decimalValue().precision() <= MOST_DIGITS
          && their.decimalValue().doubleValue() == our.decimalValue().doubleValue();
    }
  };

  /** Of a binary fraction of 64 bits. */
  private static final int MOST_DIGITS = 17;

  abstract boolean explains(String path, JsonNode theirs, JsonNode ours);

  /** Where two records differ otherwise; those that are known are counted. */
  static List<String> unknown(JsonNode theirs, JsonNode ours, Map<KnownDifference, Integer> known) {
    List<String> differences = new ArrayList<>();
    compare("", theirs, ours, known, differences);
    return differences;
  }

  private static void compare(
      String path,
      JsonNode theirs,
      JsonNode ours,
      Map<KnownDifference, Integer> known,
      List<String> differences) {
    if (theirs.isObject() && ours.isObject()) {
      List<String> names = List.copyOf(theirs.propertyNames());
      if (!names.equals(List.copyOf(ours.propertyNames()))) {
        differences.add("%s: fields %s, ours %s".formatted(path, names, ours.propertyNames()));
      }
      for (String name : new TreeSet<>(names)) {
        compare(path + "." + name, theirs.path(name), ours.path(name), known, differences);
      }
    } else if (theirs.isArray() && ours.isArray() && theirs.size() == ours.size()) {
      for (int i = 0; i < theirs.size(); i++) {
        compare(path + "[" + i + "]", theirs.get(i), ours.get(i), known, differences);
      }
    } else if (!same(theirs, ours)) {
      for (KnownDifference each : values()) {
        if (each.explains(path, theirs, ours)) {
          known.merge(each, 1, Integer::sum);
          return;
        }
      }
      differences.add("%s: %s, ours %s".formatted(path, theirs, ours));
    }
  }

  private static boolean same(JsonNode theirs, JsonNode ours) {
    if (theirs instanceof DecimalNode their && ours instanceof DecimalNode our) {
      return their.decimalValue().compareTo(our.decimalValue()) == 0;
    }
    return theirs.equals(ours);
  }
}
