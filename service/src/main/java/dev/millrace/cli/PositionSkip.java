package dev.millrace.cli;

import dev.millrace.checkpoint.CheckpointStore.Begun;
import dev.millrace.config.LogConfig;
import dev.millrace.config.MillraceConfig;
import dev.millrace.config.PipelineConfig;
import dev.millrace.json.BsonJson;
import dev.millrace.json.JsonBuffer;
import dev.millrace.json.JsonMode;
import dev.millrace.model.Batch;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Event;
import dev.millrace.source.Source;
import dev.millrace.wiring.Wiring;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Leaves out one change, which is in the way. */
@Command(
    name = "skip",
    description = {
      "Has a stopped pipeline leave out the one change that comes next, and prints which it was.",
      "For a change that the sink will never take. The change is lost to the sink."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    exitCodeListHeading = ExitCode.HEADING,
    exitCodeList = {
      ExitCode.L0,
      "1:there is no stored position, or no change after it",
      ExitCode.L2,
      ExitCode.L3,
      ExitCode.L4
    })
final class PositionSkip implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Console console;
  @Mixin private ConfigOptions options = new ConfigOptions();
  @Mixin private PipelineOption which = new PipelineOption();

  PositionSkip(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    MillraceConfig config = options.load(console, LogConfig.Level.WARN);
    PipelineConfig pipeline = Configured.one(config, which.pipeline);
    try (StoppedPipeline stopped = StoppedPipeline.open(new Wiring(config), pipeline)) {
      Begun begun = stopped.take();
      Optional<Checkpoint> from = stopped.next(begun);
      if (from.isEmpty()) {
        throw new Refusal(
            ExitCode.FAILED,
            "MR-POSITION-NONE",
            "pipeline %s has no stored position, so that nothing comes next"
                .formatted(pipeline.name()));
      }
      try (Source source =
          new Wiring(config)
              .source(pipeline)
              .open(from, pipeline.source().start(), from.get().copy().edits())) {
        Change.Streamed next = next(source);
        console.out().println("skipped     " + told(next));
        stopped.move(begun, from, next.event().position(), source, console);
      }
    }
    return ExitCode.OK;
  }

  private static Change.Streamed next(Source source) {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < until) {
      Batch batch = source.poll(1_000);
      Iterator<Change.Streamed> changes = batch.changes();
      if (changes.hasNext()) {
        return changes.next();
      }
    }
    throw new Refusal(
        ExitCode.FAILED, "MR-POSITION-LAST", "no change comes after the stored position");
  }

  /** Which change, never what is in the document. */
  private static String told(Change.Streamed change) {
    Event event = change.event();
    String where = event.operation().wireName() + " in " + event.namespace();
    if (!(change instanceof Change.OnDocument one)) {
      return where;
    }
    JsonBuffer id = new JsonBuffer();
    BsonJson.value(one.id().type(), one.id().bytes(), one.id().offset(), JsonMode.RELAXED, id);
    return where + ", _id " + id;
  }
}
