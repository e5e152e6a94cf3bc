package dev.millrace.http;

import dev.millrace.config.Secret;
import java.time.Duration;
import java.util.Optional;

/**
 * What may be changed over HTTP.
 *
 * @param token whoever shows it may change things; without one nobody may
 * @param reload what takes the configuration in anew
 * @param patience how long an answer waits for what was asked to be stored
 */
public record Control(Optional<Secret> token, Reload reload, Duration patience) {
  /** As long as a person waits before a command that says nothing. */
  public static final Duration PATIENCE = Duration.ofSeconds(30);
}
