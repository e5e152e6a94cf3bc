package dev.millrace.model;

import org.jspecify.annotations.Nullable;

/** Carries a {@link Failure} out of any seam. */
public final class MillraceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Failure failure;

  public MillraceException(Failure failure, @Nullable Throwable cause) {
    super(failure.code() + ": " + failure.message(), cause);
    this.failure = failure;
  }

  public Failure failure() {
    return failure;
  }
}
