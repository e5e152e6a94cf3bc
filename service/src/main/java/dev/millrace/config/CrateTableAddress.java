package dev.millrace.config;

import dev.millrace.table.TableName;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A table of CrateDB as people write it: {@code table}, {@code schema.table}, quoted or not. */
record CrateTableAddress(Optional<String> schema, String name) {
  static final String EXPECTED = "a table's name, or schema.table";

  private static final String PART = "\"(?:[^\"]|\"\")+\"|[^\".]+";
  private static final Pattern ADDRESS = Pattern.compile("(?:(%s)\\.)?(%s)".formatted(PART, PART));

  /** Upper and lower case stay, quoted or not. Empty where it is no such name. */
  static Optional<CrateTableAddress> parse(String text) {
    Matcher matcher = ADDRESS.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String name = bare(matcher.group(2));
    // In braces is what is put in for each collection, and here there is one.
    return TableName.parse(name)
        .filter(TableName::isConstant)
        .map(it ->
            new CrateTableAddress(
                Optional.ofNullable(matcher.group(1)).map(CrateTableAddress::bare), name));
  }

  private static String bare(String part) {
    return part.startsWith("\"")
        ? part.substring(1, part.length() - 1).replace("\"\"", "\"")
        : part;
  }

  /** As statements have it. */
  @Override
  public String toString() {
    return schema.map(it -> quoted(it) + ".").orElse("") + quoted(name);
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
