package dev.millrace.table;

import dev.millrace.json.BsonBytes;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.Event;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.RawValue;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * When a row's document came to be: sixteen hex digits of cluster time, then eight of the
 * operation's index in its transaction, so that the text sorts as the stream does. Cluster time
 * alone will not do: a transaction's events share it. A copied row has {@link #afterAll} of the
 * time it was read at.
 *
 * <p>An event's come from the resume token, whose hex text holds, after {@code 82} and eight bytes
 * of time, numbers as the server's key strings write them: {@code 29} is 0; {@code 2B}, {@code 2C}
 * and so on are followed by one byte, two and so on that hold twice the number. In turn: the
 * token's version, its kind, and for an event the index.
 */
public final class RowVersion {
  private static final byte[] DATA = {'_', 'd', 'a', 't', 'a'};
  private static final int TIME_AT = 2;
  private static final int TIME_DIGITS = 16;
  private static final int INDEX_DIGITS = 8;
  private static final int ZERO = 0x29;
  private static final int EIGHT_BYTES = 0x32;

  /** Above every index. */
  private static final String LAST = "FFFFFFFF";

  private static final HexFormat UPPER = HexFormat.of().withUpperCase();

  private RowVersion() {}

  /** Behind every event of this time and before all later ones; a time as the server's 64 bits. */
  public static String afterAll(long time) {
    return digits(time) + LAST;
  }

  /** A time, as the server's 64 bits, as versions begin. */
  public static String digits(long time) {
    return UPPER.toHexDigits(time);
  }

  /** A version's time for people, as {@code 2026-11-21T12:00:00Z}. */
  public static String instant(String version) {
    return ClusterTime.iso(HexFormat.fromHexDigitsToLong(version, 0, TIME_DIGITS));
  }

  /**
   * @throws MillraceException {@code Fatal} where the token is none of an event
   */
  public static String of(Event event) {
    RawValue token = event.token();
    int field = BsonBytes.findField(token.bytes(), token.offset(), DATA);
    if (field < 0 || token.bytes()[field] != BsonBytes.STRING) {
      throw unreadable(event, null);
    }
    int text = field + DATA.length + 2;
    int length = BsonBytes.readInt32(token.bytes(), text) - 1;
    return of(new Hex(token.bytes(), text + 4, length), event);
  }

  private static String of(Hex hex, Event event) {
    try {
      byte[] version = new byte[TIME_DIGITS + INDEX_DIGITS];
      for (int i = 0; i < TIME_DIGITS; i++) {
        version[i] = upper(hex.digitAt(TIME_AT + i));
      }
      hex.at = TIME_AT + TIME_DIGITS;
      hex.number();
      hex.number();
      long index = hex.number();
      for (int i = version.length - 1; i >= TIME_DIGITS; i--) {
        version[i] = upper((int) (index & 0xf));
        index >>>= 4;
      }
      return new String(version, StandardCharsets.ISO_8859_1);
    } catch (IndexOutOfBoundsException | NumberFormatException e) {
      throw unreadable(event, e);
    }
  }

  private static byte upper(int digit) {
    return (byte) (digit < 10 ? '0' + digit : 'A' + digit - 10);
  }

  private static MillraceException unreadable(Event event, @Nullable Throwable cause) {
    return Failure.fatal(
        "MR-SOURCE-EVENT",
        "the resume token of a change in %s has a form that is not known"
            .formatted(event.namespace()),
        cause);
  }

  /** Hex text in bytes, read from left to right. */
  private static final class Hex {
    private final byte[] bytes;
    private final int offset;
    private final int length;
    private int at;

    Hex(byte[] bytes, int offset, int length) {
      this.bytes = bytes;
      this.offset = offset;
      this.length = length;
    }

    int digitAt(int index) {
      if (index >= length) {
        throw new IndexOutOfBoundsException(index);
      }
      int digit = Character.digit(bytes[offset + index], 16);
      if (digit < 0) {
        throw new NumberFormatException("not hex");
      }
      return digit;
    }

    private int nextByte() {
      int value = digitAt(at) << 4 | digitAt(at + 1);
      at += 2;
      return value;
    }

    /** An integer that is not negative. */
    long number() {
      int type = nextByte();
      if (type < ZERO || type == ZERO + 1 || type > EIGHT_BYTES) {
        throw new NumberFormatException("no integer");
      }
      long twice = 0;
      for (int left = Math.max(0, type - ZERO - 1); left > 0; left--) {
        twice = twice << 8 | nextByte();
      }
      return twice >>> 1;
    }
  }
}
