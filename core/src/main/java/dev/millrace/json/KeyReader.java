package dev.millrace.json;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.bson.BsonArray;
import org.bson.BsonBinary;
import org.bson.BsonBoolean;
import org.bson.BsonDateTime;
import org.bson.BsonDbPointer;
import org.bson.BsonDecimal128;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonJavaScript;
import org.bson.BsonJavaScriptWithScope;
import org.bson.BsonMaxKey;
import org.bson.BsonMinKey;
import org.bson.BsonNull;
import org.bson.BsonObjectId;
import org.bson.BsonRegularExpression;
import org.bson.BsonString;
import org.bson.BsonTimestamp;
import org.bson.BsonUndefined;
import org.bson.BsonValue;
import org.bson.types.Decimal128;
import org.bson.types.ObjectId;
import org.jspecify.annotations.Nullable;

/**
 * Reads a {@link CanonicalKey} back, as a value that MongoDB takes for the same {@code _id}: of
 * numbers the smallest integer type that holds them, for a symbol a string.
 *
 * <p>What no value of the driver holds comes back as another one: text that is not UTF-8 with
 * replacement characters, options of a regular expression sorted. Whoever needs the very {@code
 * _id} compares the key of what came back.
 */
public final class KeyReader {
  private final String text;
  private int at;
  private int depth;

  private KeyReader(String text) {
    this.text = text;
  }

  /**
   * A value that has this key.
   *
   * @throws IllegalArgumentException for text that {@link CanonicalKey} does not produce
   */
  public static BsonValue read(String key) {
    if (key.isEmpty()) {
      throw new IllegalArgumentException("An empty text is no key");
    }
    char first = key.charAt(0);
    if (first == '"' || first == '{' || first == '[') {
      KeyReader reader = new KeyReader(key);
      BsonValue value = reader.value();
      if (reader.at != key.length()) {
        throw reader.unexpected("the end");
      }
      return value;
    }
    if (isObjectId(key)) {
      return new BsonObjectId(new ObjectId(key));
    }
    BsonValue word = word(key);
    if (word != null) {
      return word;
    }
    return isNumeric(key) ? number(key) : new BsonString(key);
  }

  /** Whether a key starts like a number and holds nothing but what numbers are made of. */
  private static boolean isNumeric(String key) {
    return (isDigit(key.charAt(0)) || key.charAt(0) == '-')
        && key.chars().allMatch(c -> isDigit(c) || "+.Em-".indexOf(c) >= 0);
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isObjectId(String key) {
    return key.length() == 24 && key.chars().allMatch(c -> isDigit(c) || (c >= 'a' && c <= 'f'));
  }

  private static @Nullable BsonValue word(String word) {
    return switch (word) {
      case "true" -> BsonBoolean.TRUE;
      case "false" -> BsonBoolean.FALSE;
      case "null" -> BsonNull.VALUE;
      case "NaN" -> new BsonDouble(Double.NaN);
      case "Infinity" -> new BsonDouble(Double.POSITIVE_INFINITY);
      case "-Infinity" -> new BsonDouble(Double.NEGATIVE_INFINITY);
      default -> null;
    };
  }

  private static BsonValue number(String text) {
    try {
      if (text.endsWith("m")) {
        BigDecimal value = new BigDecimal(text.substring(0, text.length() - 1));
        return new BsonDecimal128(new Decimal128(value));
      }
      if (text.indexOf('.') >= 0 || text.indexOf('E') >= 0) {
        return new BsonDouble(Double.parseDouble(text));
      }
      long value = Long.parseLong(text);
      return value == (int) value ? new BsonInt32((int) value) : new BsonInt64(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("Not a number in a key: " + text, e);
    }
  }

  private BsonValue value() {
    return switch (peek()) {
      case '"' -> new BsonString(string());
      case '{' -> object();
      case '[' -> array();
      default -> atom();
    };
  }

  private BsonValue atom() {
    int from = at;
    while (at < text.length() && ",]}".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    String atom = text.substring(from, at);
    BsonValue word = word(atom);
    if (word != null) {
      return word;
    }
    if (atom.isEmpty() || !isNumeric(atom)) {
      throw unexpected("a value, not " + atom);
    }
    return number(atom);
  }

  private BsonArray array() {
    descend();
    BsonArray array = new BsonArray();
    expect('[');
    while (peek() != ']') {
      if (!array.isEmpty()) {
        expect(',');
      }
      array.add(value());
    }
    at++;
    depth--;
    return array;
  }

  private BsonValue object() {
    if (isWrapper()) {
      return wrapped();
    }
    return document();
  }

  private BsonDocument document() {
    descend();
    BsonDocument document = new BsonDocument();
    expect('{');
    while (peek() != '}') {
      if (!document.isEmpty()) {
        expect(',');
      }
      String name = fieldName(string());
      expect(':');
      document.append(name, value());
    }
    at++;
    depth--;
    return document;
  }

  private static String fieldName(String written) {
    if (written.startsWith(KeyWriter.NAME_PREFIX)) {
      return utf8(written.substring(KeyWriter.NAME_PREFIX.length()));
    }
    return written.startsWith("$$") ? written.substring(1) : written;
  }

  private boolean isWrapper() {
    return text.startsWith("{\"$", at)
        && !text.startsWith("$", at + 3)
        && !text.startsWith(KeyWriter.NAME_PREFIX, at + 2);
  }

  private BsonValue wrapped() {
    expect('{');
    String type = string();
    expect(':');
    BsonValue value =
        switch (type) {
          case "$oid" -> new BsonObjectId(new ObjectId(string()));
          case "$date" -> date();
          case "$timestamp" -> timestamp();
          case "$binary" -> binary();
          case "$regularExpression" -> regularExpression();
          case "$dbPointer" -> dbPointer();
          case "$code" -> code();
          case "$utf8" -> new BsonString(utf8(string()));
          case "$undefined" -> constant("true", new BsonUndefined());
          case "$minKey" -> constant("1", new BsonMinKey());
          case "$maxKey" -> constant("1", new BsonMaxKey());
          default -> throw unexpected("a type, not " + type);
        };
    expect('}');
    return value;
  }

  private BsonValue date() {
    expect("{\"$numberLong\":");
    String millis = string();
    expect('}');
    try {
      return new BsonDateTime(Long.parseLong(millis));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("Not a date in a key: " + millis, e);
    }
  }

  private BsonValue timestamp() {
    expect("{\"t\":");
    int seconds = unsigned();
    expect(",\"i\":");
    int increment = unsigned();
    expect('}');
    return new BsonTimestamp(seconds, increment);
  }

  private int unsigned() {
    int from = at;
    while (isDigit(peek())) {
      at++;
    }
    return Integer.parseUnsignedInt(text, from, at, 10);
  }

  private BsonValue binary() {
    expect("{\"base64\":");
    byte[] data = Base64.getDecoder().decode(string());
    expect(",\"subType\":");
    String subType = string();
    expect('}');
    return new BsonBinary((byte) Integer.parseInt(subType, 16), data);
  }

  private BsonValue regularExpression() {
    expect("{\"pattern\":");
    String pattern = textOrBytes();
    expect(",\"options\":");
    String options = textOrBytes();
    expect('}');
    return new BsonRegularExpression(pattern, options);
  }

  private BsonValue dbPointer() {
    expect("{\"$ref\":");
    String namespace = textOrBytes();
    expect(",\"$id\":{\"$oid\":");
    ObjectId id = new ObjectId(string());
    expect("}}");
    return new BsonDbPointer(namespace, id);
  }

  private BsonValue code() {
    String code = textOrBytes();
    if (peek() != ',') {
      return new BsonJavaScript(code);
    }
    expect(",\"$scope\":");
    return new BsonJavaScriptWithScope(code, document());
  }

  private BsonValue constant(String written, BsonValue value) {
    expect(written);
    return value;
  }

  private String textOrBytes() {
    if (peek() == '"') {
      return string();
    }
    expect("{\"$utf8\":");
    String decoded = utf8(string());
    expect('}');
    return decoded;
  }

  private static String utf8(String base64) {
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
  }

  private String string() {
    expect('"');
    StringBuilder string = new StringBuilder();
    while (peek() != '"') {
      char c = text.charAt(at++);
      string.append(c == '\\' ? escape() : c);
    }
    at++;
    return string.toString();
  }

  private char escape() {
    char c = peek();
    at++;
    return switch (c) {
      case '"', '\\' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> {
        if (at + 4 > text.length()) {
          throw unexpected("four digits");
        }
        at += 4;
        yield (char) Integer.parseInt(text, at - 4, at, 16);
      }
      default -> throw unexpected("an escape");
    };
  }

  private void descend() {
    if (++depth > BsonBytes.MAX_DEPTH) {
      throw unexpected("less nesting");
    }
  }

  private char peek() {
    if (at >= text.length()) {
      throw unexpected("more");
    }
    return text.charAt(at);
  }

  private void expect(char c) {
    if (peek() != c) {
      throw unexpected("'" + c + "'");
    }
    at++;
  }

  private void expect(String written) {
    if (!text.startsWith(written, at)) {
      throw unexpected(written);
    }
    at += written.length();
  }

  private IllegalArgumentException unexpected(String wanted) {
    return new IllegalArgumentException("Expected " + wanted + " at " + at + " of the key " + text);
  }
}
