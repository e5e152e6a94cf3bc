package dev.millrace.cli;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.checkpoint.CheckpointStore.Stored;
import dev.millrace.config.LogConfig;
import dev.millrace.config.MillraceConfig;
import dev.millrace.config.PipelineConfig;
import dev.millrace.http.RunningInstance;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.ClusterTime;
import dev.millrace.wiring.Wiring;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/** Says how the pipelines are. */
@Command(
    name = "status",
    description = "Shows what the running instance says of its pipelines; or what was stored.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    exitCodeListHeading = ExitCode.HEADING,
    exitCodeList = {"0:every pipeline is running", "1:one is not", ExitCode.L2, ExitCode.L4})
final class StatusCommand implements Callable<Integer> {
  private final Console console;
  @Mixin private ConfigOptions options = new ConfigOptions();

  StatusCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    MillraceConfig config = options.load(console, LogConfig.Level.WARN);
    RunningInstance instance = RunningInstance.of(config.http());
    Optional<JsonNode> running = instance.pipelines();
    if (running.isPresent()) {
      boolean all = live(running.get());
      CopyStatus copies = new CopyStatus(config, console.out());
      running.get().values().forEach(copies::print);
      return all ? ExitCode.OK : ExitCode.FAILED;
    }
    console.out().println("No Millrace answers on " + instance.address() + ".");
    stored(config);
    return ExitCode.FAILED;
  }

  private boolean live(JsonNode pipelines) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("PIPELINE", "STATE", "CHANGES", "LAG", "SAVED", "DETAIL"));
    boolean all = true;
    for (JsonNode pipeline : pipelines.values()) {
      String state = pipeline.path("state").asString("");
      all &= state.equals("running");
      rows.add(
          List.of(
              pipeline.path("name").asString(""),
              state,
              pipeline.path("events").asString("0"),
              seconds(pipeline.path("lag_seconds")),
              pipeline.path("saved_position_time").asString("-"),
              pipeline.path("detail").asString("")));
    }
    Table.print(rows, console.out());
    return all;
  }

  private static String seconds(JsonNode node) {
    return node.isNumber() ? node.asString() + " s" : "-";
  }

  private void stored(MillraceConfig config) {
    Wiring wiring = new Wiring(config);
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("PIPELINE", "STATE", "SAVED", "POSITION"));
    for (PipelineConfig pipeline : config.pipelines()) {
      try (CheckpointStore store = wiring.store(pipeline)) {
        Optional<Stored> found = store.read();
        Optional<Checkpoint> checkpoint = found.flatMap(Stored::checkpoint);
        rows.add(
            List.of(
                pipeline.name(),
                found.isEmpty() ? "never ran" : state(found.get()),
                checkpoint.map(c -> ClusterTime.iso(c.position().clusterTime())).orElse("-"),
                checkpoint.map(c -> c.position().data()).orElse("-")));
      }
    }
    Table.print(rows, console.out());
  }

  private static String state(Stored stored) {
    return Owners.running(stored)
        .map(owner -> "running at " + owner.address())
        .orElse("not running");
  }
}
