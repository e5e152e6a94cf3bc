package dev.millrace.cli;

import dev.millrace.config.LogConfig;
import dev.millrace.config.MillraceConfig;
import dev.millrace.config.PipelineConfig;
import dev.millrace.http.RunningInstance.Told;
import dev.millrace.letters.DeadLetterBox;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** Has the running instance tell their documents again. */
@Command(
    name = "replay",
    description = {
      "Has the documents of dead letters told again, as they are now, in order with the stream:",
      "nothing that came after a letter is overwritten. Says which still do not fit, and why."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    exitCodeListHeading = ExitCode.HEADING,
    exitCodeList = {
      ExitCode.L0,
      "1:some are dead letters still, or the running instance refused",
      ExitCode.L2_ASKED,
      ExitCode.L4_ASKED
    },
    footer = {"", Asking.FOOTER})
final class DeadLettersReplay implements Callable<Integer> {
  private static final int SHOWN = 20;

  private final Console console;
  @Mixin private Configured options = new Configured();
  @Mixin private PipelineOption which = new PipelineOption();
  @Mixin private WhichLetters meant = new WhichLetters();

  @Option(names = "--all", description = "All of the pipeline's.")
  private boolean all;

  DeadLettersReplay(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    meant.demand(all);
    MillraceConfig config = options.load(console, LogConfig.Level.WARN);
    PipelineConfig pipeline = Configured.one(config, which.pipeline);
    String path = AskedInstance.path(pipeline, "deadletters/replay");
    Map<String, Object> body = meant.body();
    body.put("limit", DeadLetterBox.PAGE);
    Tally tally = new Tally();
    while (true) {
      Told told = AskedInstance.ask(config, path, body);
      if (told.isPending()) {
        console.out().println(told.message());
        return ExitCode.FAILED;
      }
      tally.add(told.body());
      JsonNode next = told.body().path("next");
      if (!next.isString()) {
        break;
      }
      body.put("after", next.asString());
    }
    if (tally.replayed == 0 && !all) {
      throw meant.none(pipeline);
    }
    return tally.told();
  }

  /** What came of it, over all portions. */
  private final class Tally {
    private long replayed;
    private long ended;
    private long unknown;
    private final List<List<String>> remaining = new ArrayList<>();

    void add(JsonNode portion) {
      replayed += portion.path("replayed").asLong(0);
      ended += portion.path("ended").asLong(0);
      unknown += portion.path("unknown").asLong(0);
      for (JsonNode letter : portion.path("letters").values()) {
        if (remaining.size() < SHOWN) {
          remaining.add(
              LetterText.row(
                  letter.path("collection").asString(""),
                  letter.path("id").asString(""),
                  letter.path("at").asString(""),
                  letter.path("code").asString(""),
                  letter.path("reason").asString("")));
        }
      }
    }

    int told() {
      long left = replayed - ended;
      console
          .out()
          .println(
              replayed == 0
                  ? "no dead letters"
                  : "%,d replayed: %,d ended, %,d still do not fit"
                      .formatted(replayed, ended, left));
      if (unknown > 0) {
        console
            .out()
            .println(
                "%,d of them cannot be replayed: neither id nor document tell the _id; copy the collection again (`millrace snapshot`)"
                    .formatted(unknown));
      }
      if (!remaining.isEmpty()) {
        remaining.addFirst(List.of("COLLECTION", "ID", "AT", "CODE", "REASON"));
        Table.print(remaining, console.out());
      }
      if (left > SHOWN) {
        console.out().println("the first %d of %,d".formatted(SHOWN, left));
      }
      return left == 0 ? ExitCode.OK : ExitCode.FAILED;
    }
  }
}
