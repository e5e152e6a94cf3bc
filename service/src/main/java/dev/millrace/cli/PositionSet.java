package dev.millrace.cli;

import dev.millrace.checkpoint.CheckpointStore.Begun;
import dev.millrace.config.LogConfig;
import dev.millrace.config.MillraceConfig;
import dev.millrace.config.PipelineConfig;
import dev.millrace.config.Values;
import dev.millrace.model.CopyState;
import dev.millrace.model.Position;
import dev.millrace.source.Source;
import dev.millrace.source.StartFrom;
import dev.millrace.wiring.Wiring;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Has the pipeline go on from elsewhere. The source is opened there first: it must still reach. */
@Command(
    name = "set",
    description = {
      "Has a stopped pipeline go on from another position.",
      "An earlier one delivers changes again; a later one leaves changes out."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    exitCodeListHeading = ExitCode.HEADING,
    exitCodeList = {
      ExitCode.L0,
      "1:the source does not reach back to there, or refuses",
      ExitCode.L2,
      ExitCode.L3,
      ExitCode.L4
    })
final class PositionSet implements Callable<Integer> {
  private final Console console;
  @Mixin private ConfigOptions options = new ConfigOptions();
  @Mixin private PipelineOption which = new PipelineOption();

  @ArgGroup(exclusive = true, multiplicity = "1")
  private Target target = new Target();

  PositionSet(Console console) {
    this.console = console;
  }

  /** Exactly one of them. */
  static final class Target {
    @Option(
        names = "--token",
        paramLabel = "82…",
        description = "After the change with this resume token.")
    @Nullable String token;

    @Option(
        names = "--time",
        paramLabel = "TIME",
        description = "At this cluster time: 2026-01-01T00:00:00Z, or unix seconds.")
    @Nullable String time;

    @Option(names = "--now", description = "At the present: all until now is left out.")
    boolean now;

    StartFrom start() {
      if (token != null) {
        if (!Position.looksLikeToken(token)) {
          throw Refusal.usage("--token: this is no resume token; it is hex text from 82…");
        }
        return new StartFrom.After(Position.of(token));
      }
      if (time != null) {
        return Values.time(time)
            .map(StartFrom.At::new)
            .orElseThrow(() ->
                Refusal.usage(
                    "--time: this is no time; it is 2026-01-01T00:00:00Z or unix seconds"));
      }
      return new StartFrom.Now();
    }
  }

  @Override
  public Integer call() {
    StartFrom start = target.start();
    MillraceConfig config = options.load(console, LogConfig.Level.WARN);
    PipelineConfig pipeline = Configured.one(config, which.pipeline);
    try (StoppedPipeline stopped = StoppedPipeline.open(new Wiring(config), pipeline);
        Source source =
            new Wiring(config)
                .source(pipeline)
                .open(Optional.empty(), start, CopyState.Edits.NONE)) {
      Position position =
          start instanceof StartFrom.After after ? after.position() : source.opened();
      Begun begun = stopped.take();
      stopped.move(begun, begun.checkpoint(), position, source, console);
    }
    return ExitCode.OK;
  }
}
