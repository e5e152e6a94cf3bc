package dev.millrace.lab;

import java.math.BigInteger;
import java.util.TreeMap;
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
