package dev.millrace.repro;

import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is left on in a run. */
enum Lives {
  /** Neither sessions are refreshed nor is what is lost opened again. */
  BROKEN("lost"),
  /** Sessions are not refreshed. */
  RESUMED("resumed"),
  /** All of it, as everybody has it. */
  PATCHED(null);

  /** A variable of the tap for this alone. */
  static final String VARIABLE = "MILLRACE_TAP_LIVES";

  private final @Nullable String value;

  Lives(@Nullable String value) {
    this.value = value;
  }

  Optional<String> value() {
    return Optional.ofNullable(value);
  }

  /** Also the name under which its client is in the server's log. */
  String script() {
    return "run-" + name().toLowerCase(Locale.ROOT);
  }
}
