package dev.millrace.lab;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A server's version: three numbers, the last of them 0 where there are two, as in PostgreSQL's.
 * Anything after them (release candidates) is left out.
 */
public record Version(int major, int minor, int patch) implements Comparable<Version> {
  private static final Pattern NUMBERS = Pattern.compile("v?(\\d+)\\.(\\d+)(?:\\.(\\d+))?");

  /**
   * Finds the first {@code 1.2.3}, {@code v1.2.3} or {@code 1.2} in a text such as {@code
   * nats-server: v2.14.0}.
   *
   * @throws IllegalArgumentException when there is none
   */
  public static Version in(String text) {
    Matcher matcher = NUMBERS.matcher(text);
    if (!matcher.find()) {
      throw new IllegalArgumentException("No version in: " + text);
    }
    return new Version(
        Integer.parseInt(matcher.group(1)),
        Integer.parseInt(matcher.group(2)),
        Integer.parseInt(matcher.group(3) == null ? "0" : matcher.group(3)));
  }

  /** Whether this version is {@code other} or newer. */
  public boolean isAtLeast(Version other) {
    return compareTo(other) >= 0;
  }

  @Override
  public int compareTo(Version other) {
    return Comparator.comparingInt(Version::major)
        .thenComparingInt(Version::minor)
        .thenComparingInt(Version::patch)
        .compare(this, other);
  }

  @Override
  public String toString() {
    return major + "." + minor + "." + patch;
  }
}
