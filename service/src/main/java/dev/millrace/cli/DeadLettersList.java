package dev.millrace.cli;

import dev.millrace.config.LogConfig;
import dev.millrace.config.MillraceConfig;
import dev.millrace.config.PipelineConfig;
import dev.millrace.http.LetterViews;
import dev.millrace.letters.Address;
import dev.millrace.letters.DeadLetter;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.letters.Which;
import dev.millrace.wiring.Wiring;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** Lists them, also while the pipeline runs. */
@Command(
    name = "list",
    description = "Lists dead letters, by collection and id.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    exitCodeListHeading = ExitCode.HEADING,
    exitCodeList = {ExitCode.L0, ExitCode.L1, ExitCode.L2, ExitCode.L4})
final class DeadLettersList implements Callable<Integer> {
  private static final JsonMapper MAPPER = new JsonMapper();

  private final Console console;
  @Mixin private Configured options = new Configured();
  @Mixin private PipelineOption which = new PipelineOption();
  @Mixin private WhichLetters meant = new WhichLetters();

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100",
      description = "The most to list; 0 for all. Default: ${DEFAULT-VALUE}.")
  private int limit;

  @Option(
      names = "--after",
      paramLabel = "PLACE",
      description = "Goes on behind the last one listed, as the line below them says.")
  private @Nullable String after;

  @Option(names = "--json", description = "One JSON object a line.")
  private boolean json;

  DeadLettersList(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (limit < 0) {
      throw Refusal.usage("--limit: found %d; expected how many, or 0 for all".formatted(limit));
    }
    MillraceConfig config = options.load(console, LogConfig.Level.WARN);
    PipelineConfig pipeline = Configured.one(config, which.pipeline);
    try (DeadLetterBox box = new Wiring(config).letters(pipeline)) {
      print(box, meant.of(pipeline));
    }
    return ExitCode.OK;
  }

  private void print(DeadLetterBox box, Which some) {
    Optional<Address> place = Optional.ofNullable(after).map(DeadLettersList::place);
    long left = limit == 0 ? Long.MAX_VALUE : limit;
    List<DeadLetter> all = new ArrayList<>();
    boolean more = true;
    while (more && left > 0) {
      int size = (int) Math.min(left, DeadLetterBox.PAGE);
      List<DeadLetter> page = box.page(some, place, size);
      left -= page.size();
      more = page.size() == size;
      place = page.isEmpty() ? place : Optional.of(page.getLast().address());
      if (json) {
        page.forEach(
            letter -> console.out().println(MAPPER.writeValueAsString(LetterViews.of(letter))));
      } else {
        all.addAll(page);
      }
    }
    if (!json) {
      summary(all, box.count(some), more ? place : Optional.empty());
    }
  }

  private static Address place(String text) {
    return Address.parse(text)
        .orElseThrow(() ->
            Refusal.usage(
                "--after: found %s; expected what the line below a list says".formatted(text)));
  }

  private void summary(List<DeadLetter> letters, long count, Optional<Address> place) {
    if (!letters.isEmpty()) {
      Table.print(LetterText.table(letters), console.out());
    }
    if (count > letters.size()) {
      console.out().println("%,d of %s".formatted(letters.size(), LetterText.counted(count)));
      place.ifPresent(last ->
          console
              .out()
              .println("more: --after '%s'".formatted(last.toText().replace("'", "'\\''"))));
    } else {
      console.out().println(count == 0 ? "no dead letters" : LetterText.counted(count));
    }
  }
}
