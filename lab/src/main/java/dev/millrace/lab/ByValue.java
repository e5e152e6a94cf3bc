package dev.millrace.lab;

import java.math.BigInteger;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * Documents as a store has them that keeps JSON by its value, like PostgreSQL's {@code jsonb}:
 * fields in any order, numbers in any spelling, and a string that it does not take as {@code
 * {"$escaped": "…"}} with its JSON spelling.
 */
public final class ByValue {
  /** A string, which is left alone, or an integer that no 64 bits hold. */
  private static final Pattern LONG_INTEGER =
      Pattern.compile("(\"(?:[^\"\\\\]|\\\\.)*+\")|(?<![\\d.])(-?\\d{19,}+)(?![\\d.eE])");

  /** A string, which is left alone, or a decimal as a row's key has it. */
  private static final Pattern DECIMAL =
      Pattern.compile("(\"(?:[^\"\\\\]|\\\\.)*+\")|(-?\\d[\\d.E+-]*+)m");

  private ByValue() {}

  /** Reads relaxed Extended JSON as such a store gives it back. */
  public static BsonDocument parse(String json) {
    String readable =
        LONG_INTEGER
            .matcher(json)
            .replaceAll(match -> Matcher.quoteReplacement(asDouble(match.group(), match.group(1))));
    return of(BsonDocument.parse(readable));
  }

  private static String asDouble(String token, @Nullable String text) {
    boolean fits = text != null || new BigInteger(token).bitLength() < Long.SIZE;
    return fits ? token : token + ".0";
  }

  /** One spelling for all that such a store cannot tell apart. */
  public static BsonDocument of(BsonDocument document) {
    return (BsonDocument) sorted(EqualNumbers.of(document));
  }

  /**
   * An {@code _id}. Two that are documents may differ by the order of their fields alone, which
   * such a store has nowhere but in the text that a row is known by.
   *
   * @param key that text, as Millrace has it
   * @param held the {@code _id} in the row's document
   * @return with its fields in their order, unless the key is a hash
   */
  static BsonValue id(String key, BsonValue held) {
    // A number that no 64 bits hold is a document by its value, too.
    if (!(held instanceof BsonDocument)
        || !key.startsWith("{")
        || key.startsWith("{\"$sha256\":")) {
      return held;
    }
    return named(BsonDocument.parse(DECIMAL.matcher(key).replaceAll(ByValue::asDecimal)));
  }

  private static String asDecimal(MatchResult match) {
    return Matcher.quoteReplacement(
        match.group(1) != null
            ? match.group(1)
            : "{\"$numberDecimal\": \"" + match.group(2) + "\"}");
  }

  /** In a key a name that begins with {@code $} has another one before it. */
  private static BsonValue named(BsonValue value) {
    if (value instanceof BsonArray array) {
      BsonArray copy = new BsonArray();
      array.forEach(element -> copy.add(named(element)));
      return copy;
    }
    if (!(value instanceof BsonDocument document)) {
      return value;
    }
    BsonDocument copy = new BsonDocument();
    document.forEach((name, field) ->
        copy.append(name.startsWith("$") ? name.substring(1) : name, named(field)));
    return copy;
  }

  private static BsonValue sorted(BsonValue value) {
    if (value instanceof BsonArray array) {
      BsonArray copy = new BsonArray();
      array.forEach(element -> copy.add(sorted(element)));
      return copy;
    }
    if (!(value instanceof BsonDocument document)) {
      return value;
    }
    if (document.size() == 1 && document.get("$escaped") instanceof BsonString escaped) {
      return BsonDocument.parse("{\"s\": \"" + escaped.getValue() + "\"}").getString("s");
    }
    TreeMap<String, BsonValue> fields = new TreeMap<>(document);
    fields.replaceAll((name, field) -> sorted(field));
    BsonDocument copy = new BsonDocument();
    copy.putAll(fields);
    return copy;
  }
}
