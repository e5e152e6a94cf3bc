package dev.millrace.table;

import dev.millrace.model.Namespace;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a collection's table is called: a text with {@code {database}} and {@code {collection}} in
 * it. A text without {@code {collection}} names one table, for a pipeline that follows one
 * collection.
 */
public record TableName(String template) {
  /** The collection's own name. */
  public static final TableName OF_COLLECTION = new TableName("{collection}");

  private static final Pattern PLACE = Pattern.compile("\\{([^{}]*)}");

  /** Reads a template; empty where something else stands in braces, or nothing at all. */
  public static Optional<TableName> parse(String text) {
    boolean known =
        PLACE
            .matcher(text)
            .results()
            .map(match -> match.group(1))
            .allMatch(place -> place.equals("database") || place.equals("collection"));
    boolean plain = PLACE.matcher(text).replaceAll("").chars().noneMatch(c -> c == '{' || c == '}');
    return known && plain && !text.isBlank() ? Optional.of(new TableName(text)) : Optional.empty();
  }

  /** Whether every collection has one of its own. */
  public boolean isOfEachCollection() {
    return template.contains("{collection}");
  }

  /** Whether it is the same for all. */
  public boolean isConstant() {
    return !PLACE.matcher(template).find();
  }

  /** The table of this collection. */
  public String of(Namespace namespace) {
    return PLACE
        .matcher(template)
        .replaceAll(match ->
            Matcher.quoteReplacement(
                match.group(1).equals("database") ? namespace.database() : namespace.collection()));
  }
}
