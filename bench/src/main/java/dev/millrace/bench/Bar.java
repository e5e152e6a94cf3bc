package dev.millrace.bench;

import java.util.Locale;

/** A promise with the figure that keeps or breaks it. */
record Bar(String what, double figure, Kind kind, double bound, String unit) {
  enum Kind {
    AT_LEAST("≥"),
    AT_MOST("≤");

    private final String sign;

    Kind(String sign) {
      this.sign = sign;
    }
  }

  static Bar atLeast(String what, double figure, double bound, String unit) {
    return new Bar(what, figure, Kind.AT_LEAST, bound, unit);
  }

  static Bar atMost(String what, double figure, double bound, String unit) {
    return new Bar(what, figure, Kind.AT_MOST, bound, unit);
  }

  boolean met() {
    return kind == Kind.AT_LEAST ? figure >= bound : figure <= bound;
  }

  String[] cells() {
    return new String[] {
      what, kind.sign + " " + number(bound) + unit, number(figure) + unit, met() ? "pass" : "FAIL"
    };
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%.0f", value)
        : String.format(Locale.ROOT, "%.2f", value);
  }
}
