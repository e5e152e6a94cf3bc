package dev.millrace.model;

import java.util.Objects;
import java.util.regex.Pattern;

/** Names of collections in which {@code *} stands for any text. */
public final class NamePattern {
  private NamePattern() {}

  /** Whether it means as many collections as there happen to be. */
  public static boolean isPattern(String name) {
    return name.indexOf('*') >= 0;
  }

  /** Whether it is this name or, as a pattern, takes it in. */
  public static boolean matches(String pattern, String name) {
    return isPattern(pattern)
        ? Pattern.compile(regex(pattern), Pattern.DOTALL).matcher(name).find()
        : Objects.equals(pattern, name);
  }

  /** As a regular expression that the server's PCRE and Java understand alike. */
  public static String regex(String pattern) {
    StringBuilder regex = new StringBuilder("^");
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c == '*') {
        regex.append(".*");
      } else if (Character.isLetterOrDigit(c) || c == '_' || c > 127) {
        regex.append(c);
      } else {
        regex.append('\\').append(c);
      }
    }
    return regex.append("\\z").toString();
  }
}
