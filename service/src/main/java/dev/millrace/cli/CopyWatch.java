package dev.millrace.cli;

import dev.millrace.engine.CopyView;
import dev.millrace.engine.Supervisor;
import dev.millrace.progress.CopyBars;
import dev.millrace.progress.CopyDisplay;
import dev.millrace.progress.CopyLines;
import dev.millrace.progress.CopyRates;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Shows beside a run how far copies are: bars on a terminal, lines in the log elsewhere. */
final class CopyWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CopyWatch.class);
  private static final long EVERY_MILLIS = 500;

  private final List<Supervisor> pipelines;
  private final CopyRates rates = new CopyRates();
  private final CopyDisplay display;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("millrace-progress").factory());

  private CopyWatch(List<Supervisor> pipelines, CopyDisplay display) {
    this.pipelines = pipelines;
    this.display = display;
  }

  static CopyWatch start(List<Supervisor> pipelines, Console console) {
    CopyWatch watch =
        new CopyWatch(
            pipelines,
            // Said by the launcher, which sees what stderr is.
            Boolean.getBoolean("millrace.terminal")
                ? CopyBars.on(console.err(), LineEncoder::lines)
                : new CopyLines(LOG::info));
    watch.thread.scheduleWithFixedDelay(
        watch::look, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
    return watch;
  }

  private void look() {
    try {
      Map<String, CopyView> views = new LinkedHashMap<>();
      pipelines.forEach(pipeline -> views.put(pipeline.name(), pipeline.copy()));
      long now = System.nanoTime();
      display.show(rates.at(views, now), now);
    } catch (RuntimeException e) {
      // Nobody's data depends on it, and a fault that repeats twice a second helps nobody.
      LOG.warn("how far copies are cannot be shown any more", e);
      thread.shutdown();
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
    try {
      if (thread.awaitTermination(1, TimeUnit.SECONDS)) {
        display.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
