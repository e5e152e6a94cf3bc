package dev.millrace.json;

/**
 * The bytes are not BSON: a length that leaves its document, a string or a name without its
 * terminator, a type nobody knows. Reading them again gives the same answer, so retrying is
 * pointless: the document belongs in the dead letters.
 */
public final class MalformedBsonException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int offset;

  MalformedBsonException(String what, int offset) {
    super("Malformed BSON at byte " + offset + ": " + what);
    this.offset = offset;
  }

  /** Where in the array the trouble was noticed, counted from its first byte. */
  public int offset() {
    return offset;
  }
}
