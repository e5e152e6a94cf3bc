package dev.millrace.config;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Names of collections and patterns of such names, as configurations and requests spell them. */
public final class CollectionNames {
  static final String IN_DATABASE = "names of collections, * standing for any text; absent: all";
  static final String IN_DEPLOYMENT =
      "names as database.collection, * standing for any text; absent: all";

  private CollectionNames() {}

  /**
   * Whether it can be a name or a pattern.
   *
   * @param deployment whether names have to say their database
   */
  public static boolean isSound(String name, boolean deployment) {
    int dot = name.indexOf('.');
    return !name.isBlank()
        && !name.contains("$")
        && (!deployment || (dot > 0 && dot < name.length() - 1));
  }

  /** Whether it means as many collections as there happen to be. */
  public static boolean isPattern(String name) {
    return name.indexOf('*') >= 0;
  }

  /** Whether any of them is this name or, as a pattern, takes it in; none of them means all. */
  public static boolean include(List<String> patterns, String name) {
    return patterns.isEmpty() || patterns.stream().anyMatch(p -> matches(p, name));
  }

  private static boolean matches(String pattern, String name) {
    if (!isPattern(pattern) || pattern.equals(name)) {
      return pattern.equals(name);
    }
    String regex =
        Arrays.stream(pattern.split("\\*", -1))
            .map(Pattern::quote)
            .collect(Collectors.joining(".*"));
    return Pattern.compile(regex, Pattern.DOTALL).matcher(name).matches();
  }
}
