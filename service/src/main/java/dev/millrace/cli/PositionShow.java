package dev.millrace.cli;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.checkpoint.CheckpointStore.Owner;
import dev.millrace.checkpoint.CheckpointStore.Stored;
import dev.millrace.config.LogConfig;
import dev.millrace.config.MillraceConfig;
import dev.millrace.config.PipelineConfig;
import dev.millrace.model.Checkpoint;
import dev.millrace.wiring.Wiring;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Reads and prints; also while the pipeline runs. */
@Command(
    name = "show",
    description = "Prints the stored position of one pipeline, or of all.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    exitCodeListHeading = ExitCode.HEADING,
    exitCodeList = {ExitCode.L0, ExitCode.L2, ExitCode.L4})
final class PositionShow implements Callable<Integer> {
  private final Console console;
  @Mixin private ConfigOptions options = new ConfigOptions();
  @Mixin private PipelineOption which = new PipelineOption();

  PositionShow(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    MillraceConfig config = options.load(console, LogConfig.Level.WARN);
    List<PipelineConfig> shown =
        which.pipeline == null
            ? config.pipelines()
            : List.of(Configured.one(config, which.pipeline));
    for (PipelineConfig pipeline : shown) {
      try (CheckpointStore store = new Wiring(config).store(pipeline)) {
        print(pipeline, store.read());
      }
    }
    return ExitCode.OK;
  }

  private void print(PipelineConfig pipeline, Optional<Stored> stored) {
    Optional<Checkpoint> checkpoint = stored.flatMap(Stored::checkpoint);
    console.out().println(pipeline.name());
    line("position", checkpoint.map(c -> Positions.told(c.position())).orElse("none"));
    stored.ifPresent(s -> line("term", s.term().toString()));
    checkpoint.map(Checkpoint::deployment).ifPresent(d -> line("deployment", d));
    checkpoint.map(Checkpoint::scope).ifPresent(s -> line("follows", s));
    line("runs at", stored.flatMap(Owners::running).map(Owner::address).orElse("nowhere"));
  }

  private void line(String label, String value) {
    console.out().println("  %-11s %s".formatted(label, value.isEmpty() ? "not known" : value));
  }
}
