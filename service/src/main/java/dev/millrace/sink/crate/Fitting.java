package dev.millrace.sink.crate;

import dev.millrace.json.JsonBuffer;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Goes through a document, as the JSON that {@code BsonJson} writes, beside the columns of its
 * table: what of it is there already, what is new, and what does not fit. For CrateDB does not say
 * it when it stores another value than it was given: 1.5 in a {@code BIGINT} becomes 1, a number in
 * a {@code TEXT} a text.
 *
 * <p>What fits is what comes back with the same value. Numbers are compared by value.
 */
final class Fitting {
  /** Lucene's longest term, in bytes of UTF-8. */
  private static final int TEXT_BYTES = 32_766;

  /** CrateDB takes 100 levels of columns, of which the document's own is one. */
  private static final int DEPTH = 99;

  /** Integers of so many digits are doubles of the same value. */
  private static final int EXACT_DIGITS = 15;

  private static final String HIGHEST = Long.toString(Long.MAX_VALUE);
  private static final String LOWEST = Long.toString(Long.MIN_VALUE);

  private final byte[] json;
  private final boolean takesNew;
  private final @Nullable JsonBuffer out;

  /** The names from the document's own member down to the present one. */
  private final String[] path = new String[DEPTH + 1];

  private int at;
  private int brings;
  private String cut = "";

  /**
   * What came of it.
   *
   * @param data what of the document fits
   * @param brings how many keys of it, or keys' types, the table does not know yet
   * @param cut the first of what does not fit, as {@code data['a']['b']}; empty where all does
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Fit(byte[] data, int brings, String cut) {
    boolean isCut() {
      return !cut.isEmpty();
    }
  }

  private Fitting(byte[] json, boolean takesNew, @Nullable JsonBuffer out) {
    this.json = json;
    this.takesNew = takesNew;
    this.out = out;
  }

  /**
   * @param data the column of documents
   * @param takesNew whether the table has room for more columns; if not, new keys do not fit
   */
  static Fit of(byte[] json, Column data, boolean takesNew) {
    Fitting look = new Fitting(json, takesNew, null);
    look.document(data);
    if (look.cut.isEmpty()) {
      return new Fit(json, look.brings, "");
    }
    // Rare enough to go through it twice: only then is anything written.
    JsonBuffer out = new JsonBuffer(json.length);
    Fitting rest = new Fitting(json, takesNew, out);
    rest.document(data);
    return new Fit(out.toByteArray(), rest.brings, look.cut);
  }

  private void document(Column data) {
    if (data.type() == Column.Type.IGNORED) {
      return;
    }
    object(data, 0);
  }

  /** Goes through an object; members that do not fit are left out. */
  private void object(Column column, int depth) {
    at++;
    write('{');
    boolean first = true;
    while (json[at] != '}') {
      if (json[at] == ',') {
        at += 2;
      }
      int size = out == null ? 0 : out.size();
      int broughtBefore = brings;
      if (!first) {
        write(',');
        write(' ');
      }
      int start = at;
      String name = name();
      copy(start);
      if (member(column, name, depth + 1)) {
        first = false;
      } else {
        noteCut(depth, name);
        brings = broughtBefore;
        if (out != null) {
          out.truncate(size);
        }
      }
    }
    at++;
    write('}');
  }

  private void noteCut(int depth, String name) {
    if (cut.isEmpty()) {
      StringBuilder text = new StringBuilder("data");
      for (int i = 0; i < depth; i++) {
        text.append("['").append(path[i]).append("']");
      }
      cut = text.append("['").append(name).append("']").toString();
    }
  }

  private boolean member(Column object, String name, int depth) {
    if (depth <= DEPTH) {
      path[depth - 1] = name;
    }
    Column column = object.child(name);
    if (column != null) {
      return known(column, column.dimensions(), depth);
    }
    boolean mayCome = object.type() == Column.Type.OPEN && isName(name) && depth <= DEPTH;
    return mayCome ? unknown(depth) != Kind.MISFIT : skip();
  }

  /** A value for a column that is there. */
  private boolean known(Column column, int dimensions, int depth) {
    int start = at;
    if (json[at] == 'n' || takes(column)) {
      return whole();
    }
    if (column.type() == Column.Type.UNDEFINED) {
      int hollow = hollow();
      at = start;
      if (hollow >= 0 && hollow <= dimensions) {
        return whole();
      }
      return unknown(depth) != Kind.MISFIT;
    }
    if (dimensions > 0) {
      return json[at] == '[' ? array(column, dimensions - 1, depth) : skip();
    }
    if (json[at] == '{' && column.isObject()) {
      object(column, depth);
      return true;
    }
    skipValue();
    boolean fits =
        switch (column.type()) {
          case TEXT -> json[start] == '"' && isShort(start);
          case BOOLEAN -> json[start] == 't' || json[start] == 'f';
          case BIGINT -> isNumber(start) && isLong(text(start));
          case DOUBLE -> isNumber(start) && isDouble(text(start));
          default -> false;
        };
    return fits && copied(start);
  }

  /** Whether it is not for us to say what becomes of the value. */
  private boolean takes(Column column) {
    return switch (column.type()) {
      case OTHER, IGNORED -> true;
      case SCALAR -> json[at] != '{';
      default -> false;
    };
  }

  private boolean array(Column column, int dimensions, int depth) {
    int start = at;
    at++;
    write('[');
    while (json[at] != ']') {
      separator();
      if (!known(column, dimensions, depth)) {
        at = start;
        return skip();
      }
    }
    at++;
    write(']');
    return true;
  }

  /** What elements of one array have to have in common. */
  private enum Kind {
    MISFIT,
    NULL,
    TEXT,
    BOOLEAN,
    INTEGER,
    /** An integer that is no double. */
    LONG,
    DOUBLE,
    OBJECT,
    ARRAY;

    /** MISFIT where the two cannot be in one array. */
    Kind with(Kind other) {
      if (this == other || other == NULL) {
        return this;
      }
      if (this == NULL) {
        return other;
      }
      boolean integers = (this == INTEGER || this == LONG) && (other == INTEGER || other == LONG);
      if (integers) {
        return LONG;
      }
      boolean numbers =
          (this == INTEGER && other == DOUBLE) || (this == DOUBLE && other == INTEGER);
      return numbers ? DOUBLE : MISFIT;
    }
  }

  /** A value that brings a column, or its type. */
  private Kind unknown(int depth) {
    int start = at;
    if (!takesNew) {
      skipValue();
      return Kind.MISFIT;
    }
    brings++;
    return switch (json[at]) {
      case '{' -> {
        object(Column.NEW, depth);
        yield Kind.OBJECT;
      }
      case '[' -> newArray(depth);
      default -> {
        skipValue();
        Kind kind = scalar(start);
        yield kind != Kind.MISFIT && copied(start) ? kind : Kind.MISFIT;
      }
    };
  }

  private Kind newArray(int depth) {
    int start = at;
    at++;
    write('[');
    Kind all = Kind.NULL;
    int before = brings;
    int most = 0;
    while (json[at] != ']') {
      separator();
      all = all.with(unknown(depth));
      // The elements share their columns, and the array's is counted already.
      most = Math.max(most, brings - before - 1);
      brings = before;
      if (all == Kind.MISFIT) {
        at = start;
        skipValue();
        return Kind.MISFIT;
      }
    }
    at++;
    write(']');
    brings += most;
    return Kind.ARRAY;
  }

  private Kind scalar(int start) {
    return switch (json[start]) {
      case 'n' -> Kind.NULL;
      case 't', 'f' -> Kind.BOOLEAN;
      case '"' -> isShort(start) ? Kind.TEXT : Kind.MISFIT;
      default -> number(text(start));
    };
  }

  private static Kind number(String number) {
    if (isFraction(number)) {
      return Kind.DOUBLE;
    }
    if (!isLong(number)) {
      return Kind.MISFIT;
    }
    return isDouble(number) ? Kind.INTEGER : Kind.LONG;
  }

  private void separator() {
    if (json[at] == ',') {
      at += 2;
      write(',');
      write(' ');
    }
  }

  /** How many arrays deep there is nothing but nulls and empty arrays; -1 for anything else. */
  private int hollow() {
    if (json[at] == 'n') {
      at += 4;
      return 0;
    }
    if (json[at] != '[') {
      return -1;
    }
    at++;
    int deepest = 0;
    while (json[at] != ']') {
      if (json[at] == ',') {
        at += 2;
      }
      int inner = hollow();
      if (inner < 0) {
        return -1;
      }
      deepest = Math.max(deepest, inner);
    }
    at++;
    return deepest + 1;
  }

  /** CrateDB keeps dots and brackets for paths, and takes no such white space. */
  private static boolean isName(String name) {
    for (int i = 0; i < name.length(); i++) {
      switch (name.charAt(i)) {
        case '.', '[', '\n', '\r', '\t' -> {
          return false;
        }
        default -> {}
      }
    }
    return true;
  }

  private boolean isNumber(int start) {
    return json[start] == '-' || (json[start] >= '0' && json[start] <= '9');
  }

  private static boolean isFraction(String number) {
    return number.indexOf('.') >= 0 || number.indexOf('E') >= 0 || number.indexOf('e') >= 0;
  }

  /** Whether a {@code BIGINT} holds it: CrateDB keeps the lowest and highest 64 bits to itself. */
  private static boolean isLong(String number) {
    if (!isFraction(number)) {
      return !number.equals(HIGHEST) && !number.equals(LOWEST);
    }
    double value = Double.parseDouble(number);
    return value == Math.rint(value)
        && Math.abs(value) < 1L << 53
        && !(value == 0 && number.startsWith("-"));
  }

  /** Whether a {@code DOUBLE PRECISION} holds it. */
  private static boolean isDouble(String number) {
    return number.length() <= EXACT_DIGITS
        || isFraction(number)
        || new BigDecimal(Double.parseDouble(number)).compareTo(new BigDecimal(number)) == 0;
  }

  /** Whether the string that was passed over is one that an index takes. */
  private boolean isShort(int start) {
    if (at - start - 2 <= TEXT_BYTES) {
      return true;
    }
    int bytes = 0;
    for (int i = start + 1; i < at - 1; i++, bytes++) {
      if (json[i] == '\\') {
        i++;
        if (json[i] == 'u') {
          int unit = Integer.parseInt(new String(json, i + 1, 4, StandardCharsets.US_ASCII), 16);
          i += 4;
          bytes += unit < 0x80 ? 0 : unit < 0x800 ? 1 : 2;
        }
      }
    }
    return bytes <= TEXT_BYTES;
  }

  /** Passes over a field's name with what follows it. */
  private String name() {
    int start = at;
    skipString();
    String name = Names.of(json, start, at);
    // The colon and the space.
    at += 2;
    return name;
  }

  /** Takes the value as it is. */
  private boolean whole() {
    int start = at;
    skipValue();
    return copied(start);
  }

  /** Leaves the value out. */
  private boolean skip() {
    skipValue();
    return false;
  }

  private void skipValue() {
    switch (json[at]) {
      case '"' -> skipString();
      case '{', '[' -> skipContainer();
      default -> {
        while (at < json.length && json[at] != ',' && json[at] != '}' && json[at] != ']') {
          at++;
        }
      }
    }
  }

  private void skipString() {
    at++;
    while (json[at] != '"') {
      at += json[at] == '\\' ? 2 : 1;
    }
    at++;
  }

  private void skipContainer() {
    int open = 0;
    do {
      switch (json[at]) {
        case '"' -> {
          skipString();
          continue;
        }
        case '{', '[' -> open++;
        case '}', ']' -> open--;
        default -> {}
      }
      at++;
    } while (open > 0);
  }

  private String text(int start) {
    return new String(json, start, at - start, StandardCharsets.US_ASCII);
  }

  private boolean copied(int start) {
    copy(start);
    return true;
  }

  private void copy(int start) {
    if (out != null) {
      out.raw(json, start, at - start);
    }
  }

  private void write(char c) {
    if (out != null) {
      out.ascii(c);
    }
  }
}
