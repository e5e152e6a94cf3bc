package dev.millrace.sim;

import dev.millrace.model.Position;
import java.util.HexFormat;

/** Resume tokens as servers make them: their text sorts as the stream does. */
final class Tokens {
  private static final HexFormat HEX = HexFormat.of().withUpperCase();
  private static final int INDEX_AT = 28;

  private Tokens() {}

  /** Of the event that is number {@code index} of its transaction; fewer than 60 events. */
  static Position event(long time, int index) {
    // A key string: 29 is 0, 2B and a byte holds twice the number.
    String number = index == 0 ? "29" : "2B" + HEX.toHexDigits((byte) (2 * index));
    return Position.of(
        "82" + HEX.toHexDigits(time) + "2B022C0100" + number + "6E5A100446645F69640064040004");
  }

  /** Everything before this time was told. */
  static Position highWater(long time) {
    return Position.of("82" + HEX.toHexDigits(time) + "2B0229296E04");
  }

  /** The number within the transaction; -1 of a high-water token. */
  static int index(Position position) {
    if (position.isHighWater()) {
      return -1;
    }
    String data = position.data();
    return data.startsWith("29", INDEX_AT)
        ? 0
        : HexFormat.fromHexDigits(data, INDEX_AT + 2, INDEX_AT + 4) / 2;
  }

  static long time(Position position) {
    return position.clusterTime();
  }
}
