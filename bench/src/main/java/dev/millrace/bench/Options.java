package dev.millrace.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A command line of {@code --name value} and {@code --flag}. */
final class Options {
  private final Map<String, String> values = new LinkedHashMap<>();
  private final List<String> words = new ArrayList<>();

  /**
   * @param valued options that take a value
   * @param flags those that take none
   * @throws UsageException for any other
   */
  Options(List<String> args, Set<String> valued, Set<String> flags) {
    for (int i = 0; i < args.size(); i++) {
      String arg = args.get(i);
      if (!arg.startsWith("--")) {
        words.add(arg);
      } else if (flags.contains(arg)) {
        values.put(arg, "");
      } else if (valued.contains(arg) && i + 1 < args.size()) {
        values.put(arg, args.get(++i));
      } else {
        throw new UsageException(
            valued.contains(arg) ? arg + " takes a value" : "no option " + arg);
      }
    }
  }

  List<String> words() {
    return words;
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  @Nullable String text(String name) {
    return values.get(name);
  }

  @Nullable Path path(String name) {
    String text = text(name);
    return text == null ? null : Path.of(text);
  }

  long number(String name, long otherwise) {
    String text = text(name);
    if (text == null) {
      return otherwise;
    }
    try {
      long value = Long.parseLong(text.replace("_", "").replace(",", ""));
      if (value > 0) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new UsageException(name + " takes a number above 0, not " + text);
  }
}
