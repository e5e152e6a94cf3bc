package dev.millrace.cli;

import dev.millrace.config.LogConfig;
import dev.millrace.config.MillraceConfig;
import dev.millrace.config.PipelineConfig;
import dev.millrace.letters.Address;
import dev.millrace.letters.DeadLetter;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.letters.Which;
import dev.millrace.wiring.Wiring;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Removes them, also while the pipeline runs. */
@Command(
    name = "discard",
    description = {
      "Removes dead letters for good. The target stays as it is: without their newest state.",
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    exitCodeListHeading = ExitCode.HEADING,
    exitCodeList = {ExitCode.L0, ExitCode.L1, ExitCode.L2, ExitCode.L4})
final class DeadLettersDiscard implements Callable<Integer> {
  private final Console console;
  @Mixin private Configured options = new Configured();
  @Mixin private PipelineOption which = new PipelineOption();
  @Mixin private WhichLetters meant = new WhichLetters();

  @Option(names = "--all", description = "All of the pipeline's.")
  private boolean all;

  @Option(names = "--yes", description = "Also where it is more than one.")
  private boolean yes;

  DeadLettersDiscard(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    meant.demand(all);
    MillraceConfig config = options.load(console, LogConfig.Level.WARN);
    PipelineConfig pipeline = Configured.one(config, which.pipeline);
    Which some = meant.of(pipeline);
    try (DeadLetterBox box = new Wiring(config).letters(pipeline)) {
      long count = box.count(some);
      if (count == 0 && !all) {
        throw meant.none(pipeline);
      }
      if (count > 1 && !yes) {
        throw Refusal.usage(
            "%s would be discarded, for good: add --yes".formatted(LetterText.counted(count)));
      }
      console.out().println("%,d discarded".formatted(discard(box, some)));
    }
    return ExitCode.OK;
  }

  private static long discard(DeadLetterBox box, Which some) {
    Optional<Address> place = Optional.empty();
    long removed = 0;
    while (true) {
      List<DeadLetter> page = box.page(some, place, DeadLetterBox.PAGE);
      removed += box.discard(page);
      if (page.size() < DeadLetterBox.PAGE) {
        return removed;
      }
      place = Optional.of(page.getLast().address());
    }
  }
}
