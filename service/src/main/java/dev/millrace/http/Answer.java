package dev.millrace.http;

import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;

/**
 * What a request to change something is answered with.
 *
 * @param code empty where it was done
 */
record Answer(int status, String code, String message) {
  private static final int DONE = 200;
  private static final int ACCEPTED = 202;
  private static final int BAD = 400;
  private static final int CONFLICT = 409;
  private static final int FAULT = 500;
  private static final int UNAVAILABLE = 503;

  /** Faults of the asker's, by their codes. */
  private static final Set<String> ASKERS =
      Set.of(RequestBody.FAULT, "MR-CONFIG", "MR-COLLECTION-UNKNOWN");

  static Answer done(String message) {
    return new Answer(DONE, "", message);
  }

  static Answer accepted() {
    return new Answer(
        ACCEPTED,
        "",
        "accepted, and not stored yet: `millrace status` shows when it is; if the process ends before that, ask again");
  }

  static Answer of(Throwable thrown) {
    Throwable cause =
        thrown instanceof CompletionException && thrown.getCause() != null
            ? thrown.getCause()
            : thrown;
    if (!(cause instanceof MillraceException failed)) {
      return new Answer(FAULT, "MR-INTERNAL", "a fault in Millrace itself: " + cause);
    }
    Failure failure = failed.failure();
    int status =
        switch (failure) {
          case Failure.Transient t -> UNAVAILABLE;
          case Failure.Again a -> UNAVAILABLE;
          case Failure.PositionLost p -> CONFLICT;
          case Failure.Fenced f -> CONFLICT;
          case Failure.Fatal f -> ASKERS.contains(f.code()) ? BAD : CONFLICT;
        };
    return new Answer(status, failure.code(), failure.message());
  }

  Map<String, String> view() {
    Map<String, String> view = new LinkedHashMap<>();
    if (!code.isEmpty()) {
      view.put("code", code);
    }
    view.put("message", message);
    return view;
  }
}
