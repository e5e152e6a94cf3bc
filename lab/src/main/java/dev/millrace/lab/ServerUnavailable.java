package dev.millrace.lab;

import org.jspecify.annotations.Nullable;

/**
 * A server or program that was asked for cannot be found, trusted or started. The message says what
 * to install or set; {@link #code()} stays the same between versions.
 */
public final class ServerUnavailable extends RuntimeException {
  /** No usable one was found anywhere. */
  public static final String NOT_FOUND = "MR-LAB-01";

  /** A downloaded package is not the one whose SHA-256 is pinned. */
  public static final String WRONG_CHECKSUM = "MR-LAB-02";

  /** The server was found, but did not start or did not become ready in time. */
  public static final String NOT_STARTED = "MR-LAB-03";

  private static final long serialVersionUID = 1L;

  private final String code;
  private final String sentence;

  ServerUnavailable(String code, String message) {
    this(code, message, null);
  }

  ServerUnavailable(String code, String message, @Nullable Throwable cause) {
    super(code + " " + message, cause);
    this.code = code;
    this.sentence = message;
  }

  /** One of the constants of this class. */
  public String code() {
    return code;
  }

  /** The message without its code. */
  public String sentence() {
    return sentence;
  }
}
