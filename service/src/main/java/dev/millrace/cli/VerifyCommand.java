package dev.millrace.cli;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.config.LogConfig;
import dev.millrace.config.MillraceConfig;
import dev.millrace.config.PipelineConfig;
import dev.millrace.config.Values;
import dev.millrace.engine.CopyPlan;
import dev.millrace.http.RunningInstance;
import dev.millrace.model.Operation;
import dev.millrace.table.TableView;
import dev.millrace.verify.Findings;
import dev.millrace.verify.Parts;
import dev.millrace.verify.Verification;
import dev.millrace.wiring.Wiring;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Compares what a pipeline keeps with what it follows. */
@Command(
    name = "verify",
    description = {
      "Compares every document of the source with its row in the sink, and every row with its document; also while both move.",
      "Prints one line of JSON. Writes nothing, but with --repair."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    exitCodeListHeading = ExitCode.HEADING,
    exitCodeList = {
      "0:source and sink are the same as far as it was delivered, or with --repair are now",
      "1:they are not, or the running instance refused to repair",
      "2:wrong arguments, configuration or token; or nothing that can be compared",
      "4:a server cannot be reached, no Millrace answers, or not all could be told"
    },
    footer = {
      "",
      "  millrace verify reporting -f millrace.yaml --repair",
      "",
      "--repair asks the instance that runs, at http.host and http.port, and shows it the token."
    })
final class VerifyCommand implements Callable<Integer> {
  private static final Set<Operation> OF_DOCUMENTS =
      Set.of(Operation.INSERT, Operation.UPDATE, Operation.REPLACE, Operation.DELETE);

  private final Console console;
  @Mixin private Configured options = new Configured();

  @Parameters(
      paramLabel = "PIPELINE",
      arity = "0..1",
      description = "Which pipeline, where there are several.")
  private @Nullable String pipeline;

  @Option(
      names = "--repair",
      description = "Have the running instance bring the rows that differ up to date.")
  private boolean repair;

  @Option(
      names = "--wait",
      paramLabel = "TIME",
      description =
          "How long rows are looked at again that keep changing, or are not delivered yet; default 60s.")
  private String wait = "60s";

  VerifyCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Duration patience =
        Values.duration(wait)
            .orElseThrow(
                () -> Refusal.usage("--wait takes %s, not %s".formatted(Values.DURATION, wait)));
    MillraceConfig config = options.load(console, LogConfig.Level.ERROR);
    PipelineConfig one = Configured.one(config, pipeline);
    RunningInstance instance = RunningInstance.of(config.http());
    Wiring wiring = new Wiring(config);
    long begun = System.nanoTime();
    try (TableView tables = wiring.tables(one);
        CheckpointStore store = wiring.store(one);
        VerifyProgress progress = new VerifyProgress(one.name(), console.err())) {
      if (!one.source().operations().containsAll(OF_DOCUMENTS)) {
        throw Refusal.usage(
            "pipeline %s leaves some operations on documents out, so its sink is not what the source is"
                .formatted(one.name()));
      }
      if (repair && instance.id().isEmpty()) {
        throw Asking.noInstance(instance);
      }
      if (one.copy().snapshot() == CopyPlan.Snapshot.NEVER) {
        progress.say("with snapshot: never documents from before its first start count as missing");
      }
      Parts parts =
          new Parts(
              store,
              wiring.changes(one),
              edits -> wiring.scope(one, edits),
              tables,
              stored -> Owners.isMoving(stored, one.name()));
      boolean drops = one.source().operations().contains(Operation.DROP);
      try (Verification verification = new Verification(parts, drops, patience, progress)) {
        Findings found = verification.run();
        progress.end();
        VerifyReport report = new VerifyReport(one.name(), found, begun);
        report.examples(console.err());
        if (repair) {
          repaired(verification, report, new Renewal(instance, config.http().token(), one.name()));
        }
        console.out().println(report.json());
        return report.exitCode();
      }
    }
  }

  private void repaired(Verification verification, VerifyReport report, Renewal renewal) {
    try {
      if (!renewal.ask(report.found().differing())) {
        console.err().println("the instance goes on repairing: verify again later");
      }
    } catch (Refusal refusal) {
      // What was found is told all the same.
      console.out().println(report.json());
      throw refusal;
    }
    report.repaired(verification.mended(report.found().differing()));
  }
}
