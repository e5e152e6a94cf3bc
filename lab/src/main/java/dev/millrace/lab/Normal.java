package dev.millrace.lab;

import java.math.BigDecimal;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.bson.json.JsonMode;
import org.bson.json.JsonParseException;
import org.bson.json.JsonWriterSettings;
import org.bson.types.Decimal128;

/**
 * One spelling for all that relaxed Extended JSON cannot tell apart: a 32-bit and a 64-bit 5 are
 * both {@code 5} in it.
 */
final class Normal {
  private static final JsonWriterSettings RELAXED =
      JsonWriterSettings.builder().outputMode(JsonMode.RELAXED).build();

  private Normal() {}

  /** The digest of a document's one spelling; field order counts. */
  static Digest digest(BsonDocument document) {
    String text = document.toJson(RELAXED);
    try {
      return Digest.of(BsonDocument.parse(text).toJson(RELAXED));
    } catch (JsonParseException e) {
      // A field named like {"$date": ...} that is no date: it stands for itself.
      return Digest.of(text);
    }
  }

  /**
   * Like {@link #digest}, for a document that was read from relaxed JSON: needs no second parse.
   */
  static Digest digestOfParsed(BsonDocument document) {
    return Digest.of(document.toJson(RELAXED));
  }

  /**
   * An {@code _id} as text, the same for all that the server holds to be equal: a replace may
   * change 1.0 into 1 without making another document.
   */
  static String id(BsonValue id) {
    if (id.isInt32()) {
      return Integer.toString(id.asInt32().getValue());
    }
    String text = new BsonDocument("", id).toJson(RELAXED);
    BsonDocument equal = (BsonDocument) withEqualNumbers(BsonDocument.parse(text));
    String json = equal.toJson(RELAXED);
    // Without the wrapping {"": ...}.
    return json.substring(5, json.length() - 1);
  }

  private static BsonValue withEqualNumbers(BsonValue value) {
    return switch (value.getBsonType()) {
      case INT32 -> new BsonInt64(value.asInt32().getValue());
      case DOUBLE -> number(value.asDouble().getValue());
      case DECIMAL128 -> number(value.asDecimal128().getValue());
      case DOCUMENT -> {
        BsonDocument copy = new BsonDocument();
        value.asDocument().forEach((name, field) -> copy.append(name, withEqualNumbers(field)));
        yield copy;
      }
      case ARRAY -> {
        BsonArray copy = new BsonArray();
        value.asArray().forEach(element -> copy.add(withEqualNumbers(element)));
        yield copy;
      }
      default -> value;
    };
  }

  private static BsonValue number(double value) {
    return Double.isNaN(value) || Double.isInfinite(value)
        ? special(Double.toString(value))
        : exact(new BigDecimal(value));
  }

  private static BsonValue number(Decimal128 value) {
    if (value.isNaN() || value.isInfinite()) {
      return special(value.isNaN() ? "NaN" : value.isNegative() ? "-Infinity" : "Infinity");
    }
    // A negative zero has no BigDecimal, and the server holds it to be equal to zero.
    return value.equals(Decimal128.NEGATIVE_ZERO) || isZero(value)
        ? new BsonInt64(0)
        : exact(value.bigDecimalValue());
  }

  private static boolean isZero(Decimal128 value) {
    return value.toString().replaceFirst("E.*", "").chars().noneMatch(c -> c >= '1' && c <= '9');
  }

  private static BsonValue exact(BigDecimal value) {
    BigDecimal plain = value.stripTrailingZeros();
    // The check of the scale first: expanding 1E+6144 to digits only to refuse them is slow.
    if (plain.scale() <= 0 && plain.precision() - plain.scale() <= 19) {
      try {
        return new BsonInt64(plain.longValueExact());
      } catch (ArithmeticException e) {
        return special(plain.toString());
      }
    }
    return special(plain.toString());
  }

  private static BsonValue special(String digits) {
    return new BsonDocument("number", new BsonString(digits));
  }
}
