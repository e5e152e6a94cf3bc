package dev.millrace.cli;

import dev.millrace.config.LogConfig;
import dev.millrace.config.MillraceConfig;
import dev.millrace.config.PipelineConfig;
import dev.millrace.letters.DeadLetter;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.wiring.Wiring;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** All that is known of one; also while the pipeline runs. */
@Command(
    name = "show",
    description = "Shows a dead letter with its document.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    exitCodeListHeading = ExitCode.HEADING,
    exitCodeList = {ExitCode.L0, ExitCode.L1, ExitCode.L2, ExitCode.L4})
final class DeadLettersShow implements Callable<Integer> {
  /** Of one id in several collections. */
  private static final int MOST = 100;

  private final Console console;
  @Mixin private Configured options = new Configured();
  @Mixin private PipelineOption which = new PipelineOption();
  @Mixin private WhichLetters meant = new WhichLetters();

  @Parameters(
      paramLabel = "ID",
      arity = "0..1",
      description = "As --id: of whatever collection has one.")
  private @Nullable String bare;

  DeadLettersShow(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if ((bare == null) == (meant.id == null)) {
      throw Refusal.usage("which dead letter is meant? one ID, as `deadletters list` spells it");
    }
    meant.id = bare == null ? meant.id : bare;
    MillraceConfig config = options.load(console, LogConfig.Level.WARN);
    PipelineConfig pipeline = Configured.one(config, which.pipeline);
    try (DeadLetterBox box = new Wiring(config).letters(pipeline)) {
      List<DeadLetter> letters = box.page(meant.of(pipeline), Optional.empty(), MOST);
      if (letters.isEmpty()) {
        throw meant.none(pipeline);
      }
      for (DeadLetter letter : letters) {
        print(box.find(letter.address()).orElse(letter));
      }
    }
    return ExitCode.OK;
  }

  private void print(DeadLetter letter) {
    line("collection", letter.namespace().toString());
    line("id", letter.id());
    if (!letter.change().isEmpty()) {
      line("change", letter.change());
    }
    line("at", letter.at());
    line("version", letter.version());
    line("code", letter.code());
    line("reason", letter.reason());
    String document = letter.document();
    line("document", document == null ? "not kept" : document);
    if (letter.key().isEmpty()) {
      line("replay", "not by this: neither id nor document tell the _id");
    }
  }

  private void line(String label, String value) {
    console.out().println("%-11s %s".formatted(label, LetterText.plain(value)));
  }
}
