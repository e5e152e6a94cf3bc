package dev.millrace.json;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Fits any text into one token of a NATS subject, so that percent-decoding brings it back.
 *
 * <p>Printable ASCII passes, but for the space, {@code .}, {@code *}, {@code >} and {@code %};
 * everything else, and so all that is not ASCII, becomes {@code %} and two upper-case hexadecimal
 * digits for each byte of its UTF-8. A leading {@code $} is encoded too: tokens that start with it
 * are Millrace's own. The empty text is a lone {@code %}.
 *
 * <p>A token can be three times as long as its text in UTF-8; NATS allows 4,096 bytes for the whole
 * line of a message's subject unless configured otherwise, so whoever builds a subject from a long
 * key must look at its length.
 */
public final class SubjectToken {
  private static final String EMPTY = "%";

  private SubjectToken() {}

  /**
   * The token for a text; the text itself when nothing needs encoding.
   *
   * @throws IllegalArgumentException for half a surrogate pair, which has no UTF-8
   */
  public static String encode(String text) {
    if (text.isEmpty()) {
      return EMPTY;
    }
    if (text.charAt(0) != '$' && passes(text)) {
      return text;
    }
    ByteBuffer utf8;
    try {
      utf8 = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("Half a surrogate pair in the text of a subject", e);
    }
    StringBuilder token = new StringBuilder(text.length() + 16);
    while (utf8.hasRemaining()) {
      byte b = utf8.get();
      if (passes((char) (b & 0xff)) && !(b == '$' && token.isEmpty())) {
        token.append((char) b);
      } else {
        token.append('%').append(hexDigit(b >> 4)).append(hexDigit(b));
      }
    }
    return token.toString();
  }

  private static boolean passes(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!passes(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean passes(char c) {
    return c > ' ' && c < 0x7f && c != '.' && c != '*' && c != '>' && c != '%';
  }

  private static char hexDigit(int value) {
    return "0123456789ABCDEF".charAt(value & 0xf);
  }
}
