package dev.millrace.sink.crate;

import dev.millrace.config.SinkConfig;
import dev.millrace.model.MillraceException;
import java.time.Duration;

/** Asks a CrateDB cluster whether it answers, over connections of its own. Thread-safe. */
public final class CratePing implements AutoCloseable {
  private final SinkConfig.Crate config;
  private final Duration timeout;

  /**
   * @param timeout how long the answer may take
   */
  public CratePing(SinkConfig.Crate config, Duration timeout) {
    this.config = config;
    this.timeout = timeout;
  }

  /** Asks now; never throws. */
  public boolean answers() {
    try (CrateClient client = new CrateClient(config, timeout)) {
      client.run("asking", client.name(), "SELECT 1");
      return true;
    } catch (MillraceException e) {
      // Not answering is the answer; why it does not, the pipeline's own state says.
      return false;
    }
  }

  @Override
  public void close() {}
}
