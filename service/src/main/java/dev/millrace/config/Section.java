package dev.millrace.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One mapping of the file. Whoever reads it asks for each key that there may be; what was never
 * asked for is unknown, and a fault.
 */
final class Section {
  private final String path;
  private final @Nullable JsonNode node;
  private final Problems problems;
  private final References references;
  private final Set<String> known = new LinkedHashSet<>();

  /**
   * @param path of this mapping; empty for the whole file
   * @param node null where the mapping is absent, which is as if it were empty
   */
  Section(String path, @Nullable JsonNode node, Problems problems, References references) {
    this.path = path;
    this.node = node;
    this.problems = problems;
    this.references = references;
  }

  /** Whether it is there at all. */
  boolean isPresent() {
    return node != null;
  }

  boolean has(String key) {
    known.add(key);
    return node != null && node.has(key);
  }

  boolean isMapping(String key) {
    return has(key) && child(key).isObject();
  }

  String path(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  void fault(String key, String found, String expected) {
    problems.add(path(key), found, expected);
  }

  /** A text, number or truth value, through a parser. */
  <T> Optional<T> value(String key, Function<String, Optional<T>> parser, String expected) {
    return has(key) ? scalar(path(key), child(key), false, parser, expected) : Optional.empty();
  }

  <T> Optional<T> required(String key, Function<String, Optional<T>> parser, String expected) {
    if (!has(key)) {
      fault(key, "nothing", expected);
    }
    return value(key, parser, expected);
  }

  Optional<String> text(String key, String expected) {
    return value(key, t -> Optional.of(t).filter(x -> !x.isBlank()), expected);
  }

  /** As {@link #value}, but what is found is never shown. */
  <T> Optional<T> secret(String key, Function<String, Optional<T>> parser, String expected) {
    return has(key) ? scalar(path(key), child(key), true, parser, expected) : Optional.empty();
  }

  /** A list, or one text with commas. Empty when absent; a fault when there and empty. */
  <T> List<T> list(
      String key, boolean secret, Function<String, Optional<T>> parser, String expected) {
    List<T> values = new ArrayList<>();
    if (!has(key)) {
      return values;
    }
    JsonNode child = child(key);
    if (child.isArray()) {
      int i = 0;
      for (JsonNode element : child.values()) {
        scalar(path(key) + "[" + i++ + "]", element, secret, parser, expected)
            .ifPresent(values::add);
      }
      if (i == 0) {
        fault(key, "an empty list", expected);
      }
      return values;
    }
    scalar(path(key), child, secret, Optional::of, expected)
        .map(Values::list)
        .ifPresent(parts -> {
          if (parts.isEmpty()) {
            fault(key, "an empty text", expected);
          }
          for (String part : parts) {
            Optional<T> value = parser.apply(part);
            value.ifPresentOrElse(
                values::add,
                () -> fault(key, secret ? Problems.NOT_SHOWN : quoted(part), expected));
          }
        });
    return values;
  }

  /** A mapping as JSON, as it stands there: no variables are put into it. */
  Optional<String> json(String key) {
    return isMapping(key) ? Optional.of(child(key).toString()) : Optional.empty();
  }

  /** A mapping under this one. With nothing in it, it is as if absent. */
  Section section(String key) {
    JsonNode child = has(key) ? child(key) : null;
    if (child != null && !child.isObject()) {
      if (!child.isNull()) {
        fault(key, shown(child), "a mapping");
      }
      child = null;
    }
    return new Section(path(key), child, problems, references);
  }

  /** A list of mappings. */
  List<Section> sections(String key) {
    List<Section> sections = new ArrayList<>();
    if (!has(key) || !child(key).isArray()) {
      if (has(key)) {
        fault(key, shown(child(key)), "a list of mappings");
      }
      return sections;
    }
    int i = 0;
    for (JsonNode element : child(key).values()) {
      String at = path(key) + "[" + i++ + "]";
      if (element.isObject()) {
        sections.add(new Section(at, element, problems, references));
      } else {
        problems.add(at, shown(element), "a mapping");
      }
    }
    return sections;
  }

  /**
   * Faults all that was not asked for.
   *
   * @param elsewhere keys that have a meaning in another kind of this mapping
   */
  void finish(Collection<String> elsewhere) {
    if (node == null) {
      return;
    }
    for (String key : node.propertyNames()) {
      if (known.contains(key)) {
        continue;
      }
      String all = "one of " + known.stream().sorted().collect(Collectors.joining(", "));
      if (elsewhere.contains(key)) {
        fault(key, "a key of another type", all);
        continue;
      }
      fault(
          key,
          "an unknown key",
          Nearest.to(key, known).map(near -> near + " (is that what was meant?)").orElse(all));
    }
  }

  void finish() {
    finish(List.of());
  }

  private <T> Optional<T> scalar(
      String at,
      JsonNode child,
      boolean secret,
      Function<String, Optional<T>> parser,
      String expected) {
    if (!child.isValueNode() || child.isNull()) {
      problems.add(at, shown(child), expected);
      return Optional.empty();
    }
    String raw = child.asString();
    return switch (references.resolve(raw)) {
      case References.Resolved.Unset unset -> {
        problems.add(
            at,
            "a reference to " + unset.name() + ", which is not set",
            "that environment variable, or a default: ${" + unset.name() + ":…}");
        yield Optional.empty();
      }
      case References.Resolved.Text text -> {
        Optional<T> value = parser.apply(text.text().strip());
        if (value.isEmpty()) {
          // What the environment holds may be a secret in the wrong place: its name will do.
          problems.add(at, secret ? Problems.NOT_SHOWN : quoted(raw), expected);
        }
        yield value;
      }
    };
  }

  private JsonNode child(String key) {
    if (node == null) {
      throw new IllegalStateException("asked for a key of an absent mapping");
    }
    return node.get(key);
  }

  private static String shown(JsonNode node) {
    return switch (node.getNodeType()) {
      case OBJECT -> "a mapping";
      case ARRAY -> "a list";
      case NULL, MISSING -> "nothing";
      default -> "a single value";
    };
  }

  static String quoted(String text) {
    return '"' + (text.length() > 60 ? text.substring(0, 60) + "…" : text) + '"';
  }
}
