package dev.millrace.sink.crate;

import java.util.Iterator;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Whether two JSON values say the same: fields in any order, numbers in any spelling. */
final class SameValue {
  private SameValue() {}

  static boolean of(JsonNode one, JsonNode other) {
    if (one.isNumber() && other.isNumber()) {
      return one.decimalValue().compareTo(other.decimalValue()) == 0;
    }
    if (one.isArray() && other.isArray()) {
      return areElementsSame(one, other);
    }
    if (one.isObject() && other.isObject()) {
      return areFieldsSame(one, other);
    }
    return one.equals(other);
  }

  private static boolean areElementsSame(JsonNode one, JsonNode other) {
    if (one.size() != other.size()) {
      return false;
    }
    Iterator<JsonNode> others = other.values().iterator();
    for (JsonNode element : one.values()) {
      if (!of(element, others.next())) {
        return false;
      }
    }
    return true;
  }

  private static boolean areFieldsSame(JsonNode one, JsonNode other) {
    if (one.size() != other.size()) {
      return false;
    }
    for (Map.Entry<String, JsonNode> field : one.properties()) {
      JsonNode value = other.get(field.getKey());
      if (value == null || !of(field.getValue(), value)) {
        return false;
      }
    }
    return true;
  }
}
