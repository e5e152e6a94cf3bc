package dev.millrace.json;

import java.math.BigDecimal;
import java.math.BigInteger;

/** Spells doubles and decimals as the driver does, without its detours where that can be proved. */
final class Numbers {
  private static final int DECIMAL_EXPONENT_BIAS = 6176;
  private static final long DECIMAL_SPECIAL = 0x6000_0000_0000_0000L;
  private static final long DECIMAL_HIGH_DIGITS = 0x0001_ffff_ffff_ffffL;

  private static final long DECIMAL_INFINITE = 0x7800_0000_0000_0000L;
  private static final long DECIMAL_NAN = 0x7c00_0000_0000_0000L;
  private static final BigInteger DECIMAL_COEFFICIENTS = BigInteger.TEN.pow(34);

  /** The smallest plain exponent of a decimal, as in {@link java.math.BigDecimal#toString}. */
  private static final int LEAST_PLAIN_EXPONENT = -6;

  private Numbers() {}

  /** As {@link Double#toString(double)}, but with a plus sign before a positive exponent. */
  static void append(double value, JsonBuffer out) {
    double magnitude = Math.abs(value);
    if (magnitude >= 1e-3 && magnitude < 1e7) {
      // A decimal of at most 15 digits comes back from its nearest double unchanged, so no two of
      // them share a double: one that hits this double is its shortest text. Here that is at most
      // seven digits before the point and six after it. The division is the correctly rounded
      // quotient of two exact doubles, so the nearest one.
      long millionths = (long) (magnitude * 1e6 + 0.5);
      if (millionths / 1e6 == magnitude) {
        appendMillionths(value < 0, millionths, out);
        return;
      }
    } else if (value == 0) {
      out.ascii(1 / value < 0 ? "-0.0" : "0.0");
      return;
    }
    String text = Double.toString(value);
    int exponent = text.indexOf('E');
    if (exponent > 0 && text.charAt(exponent + 1) != '-') {
      out.ascii(text.substring(0, exponent + 1)).ascii('+').ascii(text.substring(exponent + 1));
    } else {
      out.ascii(text);
    }
  }

  private static void appendMillionths(boolean negative, long millionths, JsonBuffer out) {
    if (negative) {
      out.ascii('-');
    }
    long whole = millionths / 1_000_000;
    int fraction = (int) (millionths - whole * 1_000_000);
    out.number(whole).ascii('.');
    if (fraction == 0) {
      out.ascii('0');
      return;
    }
    int digits = 6;
    while (fraction % 10 == 0) {
      fraction /= 10;
      digits--;
    }
    out.paddedNumber(fraction, digits);
  }

  /**
   * Spells a Decimal128 that has a small coefficient and needs no exponent.
   *
   * @return false, with nothing appended, when it is not of that kind
   */
  static boolean appendShortDecimal(long high, long low, JsonBuffer out) {
    if ((high & DECIMAL_SPECIAL) == DECIMAL_SPECIAL
        || (high & DECIMAL_HIGH_DIGITS) != 0
        || low < 0) {
      return false;
    }
    int exponent = (int) ((high & Long.MAX_VALUE) >>> 49) - DECIMAL_EXPONENT_BIAS;
    int digits = JsonBuffer.digits(low);
    if (exponent > 0 || exponent + digits - 1 < LEAST_PLAIN_EXPONENT) {
      return false;
    }
    if (high < 0) {
      out.ascii('-');
    }
    int before = digits + exponent;
    if (exponent == 0) {
      out.number(low);
    } else if (before > 0) {
      long scale = 1;
      for (int i = exponent; i < 0; i++) {
        scale *= 10;
      }
      out.number(low / scale).ascii('.').paddedNumber(low % scale, -exponent);
    } else {
      out.ascii("0.").paddedNumber(0, -before);
      out.paddedNumber(low, digits);
    }
    return true;
  }

  static boolean isDecimalNaN(long high) {
    return (high & DECIMAL_NAN) == DECIMAL_NAN;
  }

  static boolean isDecimalInfinite(long high) {
    return (high & DECIMAL_NAN) == DECIMAL_INFINITE;
  }

  /**
   * The value of a Decimal128 that is neither NaN nor infinite, whatever its sign of zero. A
   * coefficient above 34 digits counts as zero, as IEEE 754 and the server have it.
   */
  static BigDecimal decimal(long high, long low) {
    if ((high & DECIMAL_SPECIAL) == DECIMAL_SPECIAL) {
      return BigDecimal.ZERO;
    }
    int exponent = (int) ((high & Long.MAX_VALUE) >>> 49) - DECIMAL_EXPONENT_BIAS;
    BigInteger coefficient =
        BigInteger.valueOf(high & DECIMAL_HIGH_DIGITS)
            .shiftLeft(64)
            .add(BigInteger.valueOf(low >>> 1).shiftLeft(1))
            .add(BigInteger.valueOf(low & 1));
    if (coefficient.compareTo(DECIMAL_COEFFICIENTS) >= 0) {
      return BigDecimal.ZERO;
    }
    return new BigDecimal(high < 0 ? coefficient.negate() : coefficient, -exponent);
  }
}
