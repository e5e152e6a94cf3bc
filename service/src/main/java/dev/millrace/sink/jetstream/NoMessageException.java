package dev.millrace.sink.jetstream;

import org.jspecify.annotations.Nullable;

/** A change that the stream can never take as it is: what is done about it, whoever asked says. */
final class NoMessageException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String code;
  private final String remedy;

  /**
   * @param code as failures have it
   * @param reason a clause: what it makes, and why that is none
   * @param remedy a clause that may follow, or nothing
   */
  NoMessageException(String code, String reason, String remedy, @Nullable Throwable cause) {
    super(reason, cause);
    this.code = code;
    this.remedy = remedy;
  }

  String code() {
    return code;
  }

  String reason() {
    return String.valueOf(getMessage());
  }

  String remedy() {
    return remedy;
  }
}
