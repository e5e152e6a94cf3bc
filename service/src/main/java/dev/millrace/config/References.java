package dev.millrace.config;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Puts environment variables in the place of {@code ${NAME}} and {@code ${NAME:default}}. */
final class References {
  private static final Pattern REFERENCE =
      Pattern.compile("\\$(\\$)?\\{([A-Za-z_][A-Za-z0-9_]*)(:([^}]*))?\\}");

  private final Map<String, String> environment;

  References(Map<String, String> environment) {
    this.environment = environment;
  }

  /** The text with its references resolved, or which name has no value. */
  sealed interface Resolved {
    record Text(String text) implements Resolved {}

    record Unset(String name) implements Resolved {}
  }

  /** A doubled dollar stands for itself: {@code $${NAME}} is the text {@code ${NAME}}. */
  Resolved resolve(String text) {
    StringBuilder resolved = new StringBuilder();
    Matcher matcher = REFERENCE.matcher(text);
    int from = 0;
    while (matcher.find()) {
      resolved.append(text, from, matcher.start());
      from = matcher.end();
      if (matcher.group(1) != null) {
        resolved.append(matcher.group().substring(1));
        continue;
      }
      String name = matcher.group(2);
      Optional<String> value =
          Optional.ofNullable(environment.get(name))
              .filter(v -> !v.isEmpty())
              .or(() -> Optional.ofNullable(matcher.group(4)));
      if (value.isEmpty()) {
        return new Resolved.Unset(name);
      }
      resolved.append(value.get());
    }
    return new Resolved.Text(resolved.append(text, from, text.length()).toString());
  }
}
