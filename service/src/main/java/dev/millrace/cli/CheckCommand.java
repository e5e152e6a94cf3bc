package dev.millrace.cli;

import dev.millrace.config.LogConfig;
import dev.millrace.config.MillraceConfig;
import dev.millrace.config.PipelineConfig;
import dev.millrace.model.Finding;
import dev.millrace.model.Finding.Level;
import dev.millrace.wiring.Checks;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tries everything without moving data, and says in words what to type. */
@Command(
    name = "check",
    description = {
      "Tries everything that `run` needs, and says what to type.",
      "No data is moved."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = ExitCode.HEADING,
    exitCodeList = {"0:nothing would keep `run` from running", "1:something would", ExitCode.L2})
final class CheckCommand implements Callable<Integer> {
  private final Console console;
  @Mixin private ConfigOptions options = new ConfigOptions();

  @Option(
      names = "--initiate",
      description = {
        "First initiate a set of one on a member that was started with --replSet and never initiated. Names host and set before it does; never touches an initiated member."
      })
  private boolean initiate;

  CheckCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    MillraceConfig config = options.load(console, LogConfig.Level.ERROR);
    Checks checks = new Checks(config);
    boolean fault = false;
    for (PipelineConfig pipeline : config.pipelines()) {
      console.out().println("pipeline " + pipeline.name());
      if (initiate) {
        checks.initiate(pipeline, line -> console.out().println("  " + line));
      }
      fault |= print("source", checks.source(pipeline));
      fault |= print("sink", checks.sink(pipeline));
    }
    console
        .out()
        .println(fault ? "not ready: mend the faults above and check again" : "ready to run");
    return fault ? ExitCode.FAILED : ExitCode.OK;
  }

  private boolean print(String part, List<Finding> findings) {
    for (Finding finding : findings) {
      String mark =
          switch (finding.level()) {
            case OK -> "ok     ";
            case WARNING -> "WARNING";
            case FAULT -> "FAULT  ";
          };
      String code = finding.code().isEmpty() ? "" : finding.code() + ": ";
      console.out().println("  %-8s%s %s%s".formatted(part, mark, code, finding.message()));
    }
    return findings.stream().anyMatch(finding -> finding.level() == Level.FAULT);
  }
}
