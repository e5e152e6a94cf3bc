package dev.millrace.wiring;

import dev.millrace.config.SinkConfig;
import dev.millrace.http.Probe;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.model.Finding;
import dev.millrace.sink.Sink;
import dev.millrace.sink.crate.CrateCheck;
import dev.millrace.sink.crate.CratePing;
import dev.millrace.sink.crate.CrateSink;
import dev.millrace.table.TableView;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A CrateDB cluster. */
record CrateWiring(SinkConfig.Crate config) implements SinkWiring {
  @Override
  public Sink open(String pipeline) {
    return CrateSink.open(config, pipeline);
  }

  @Override
  public Optional<DeadLetterBox> letters(String pipeline) {
    return Optional.of(CrateSink.letters(config, pipeline));
  }

  @Override
  public TableView tables(String pipeline) {
    return CrateSink.view(config, pipeline);
  }

  @Override
  public List<Finding> check() {
    return CrateCheck.run(config);
  }

  @Override
  public Probe probe() {
    CratePing ping = new CratePing(config, Duration.ofMillis(Probe.TIMEOUT_MILLIS));
    return new Probe() {
      @Override
      public boolean answers() {
        return ping.answers();
      }

      @Override
      public void close() {
        ping.close();
      }
    };
  }
}
