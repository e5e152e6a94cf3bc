package dev.millrace.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Shows and changes where a pipeline goes on. */
@Command(
    name = "position",
    description = "Shows or changes where a pipeline goes on from.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = ExitCode.HEADING,
    exitCodeList = {ExitCode.L0, ExitCode.L1, ExitCode.L2, ExitCode.L3, ExitCode.L4},
    footer = {"", "To change it, stop the pipeline first."})
final class PositionCommand implements Runnable {
  @Spec private CommandSpec spec;

  static CommandLine with(Console console) {
    return new CommandLine(new PositionCommand())
        .addSubcommand(new PositionShow(console))
        .addSubcommand(new PositionSet(console))
        .addSubcommand(new PositionSkip(console));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given; one of show, set, skip");
  }
}
