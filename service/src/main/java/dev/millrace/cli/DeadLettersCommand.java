package dev.millrace.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Documents that a sink did not take. */
@Command(
    name = "deadletters",
    description = "Shows, replays or discards documents that a sink did not take and keeps aside.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = ExitCode.HEADING,
    exitCodeList = {ExitCode.L0, ExitCode.L1, ExitCode.L2, ExitCode.L4},
    footer = {
      "",
      "A letter ends by itself when its document's newer state fits, or the document is deleted.",
      "replay asks the running instance; the others go to the sink's target, running or not."
    })
final class DeadLettersCommand implements Runnable {
  @Spec private CommandSpec spec;

  static CommandLine with(Console console) {
    return new CommandLine(new DeadLettersCommand())
        .addSubcommand(new DeadLettersList(console))
        .addSubcommand(new DeadLettersShow(console))
        .addSubcommand(new DeadLettersReplay(console))
        .addSubcommand(new DeadLettersDiscard(console));
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "no command given; one of list, show, replay, discard");
  }
}
