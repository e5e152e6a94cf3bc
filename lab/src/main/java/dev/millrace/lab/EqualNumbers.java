package dev.millrace.lab;

import java.math.BigDecimal;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.bson.types.Decimal128;

/** One spelling for numbers of the same value, whatever their types. */
final class EqualNumbers {
  private EqualNumbers() {}

  static BsonValue of(BsonValue value) {
    return switch (value.getBsonType()) {
      case INT32 -> new BsonInt64(value.asInt32().getValue());
      case DOUBLE -> number(value.asDouble().getValue());
      case DECIMAL128 -> number(value.asDecimal128().getValue());
      case DOCUMENT -> {
        BsonDocument copy = new BsonDocument();
        value.asDocument().forEach((name, field) -> copy.append(name, of(field)));
        yield copy;
      }
      case ARRAY -> {
        BsonArray copy = new BsonArray();
        value.asArray().forEach(element -> copy.add(of(element)));
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
