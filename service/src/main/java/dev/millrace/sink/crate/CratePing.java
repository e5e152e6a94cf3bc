package dev.millrace.sink.crate;

import dev.millrace.config.SinkConfig;
import dev.millrace.model.MillraceException;
import java.net.http.HttpClient;
import java.time.Duration;

/** Asks a CrateDB cluster whether it answers, over connections of its own. Thread-safe. */
public final class CratePing implements AutoCloseable {
  private final SinkConfig.Crate config;
  private final Duration timeout;
  private final HttpClient http;

  /**
   * @param timeout how long connecting and the answer may take, each
   */
  public CratePing(SinkConfig.Crate config, Duration timeout) {
    this.config = config;
    this.timeout = timeout;
    this.http = CrateClient.connections(timeout);
  }

  /** Asks now; never throws. False once this is closed. */
  public boolean answers() {
    try {
      // It leaves out nodes for good, and those may be back by now: each time begins with all.
      CrateClient client = new CrateClient(config, http, timeout);
      client.run("asking", client.name(), "SELECT 1");
      return true;
    } catch (MillraceException e) {
      // Not answering is the answer; why it does not, the pipeline's own state says.
      return false;
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
