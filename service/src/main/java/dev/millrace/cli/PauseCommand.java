package dev.millrace.cli;

import picocli.CommandLine.Command;

/** Has copying wait. */
@Command(
    name = "pause",
    description = {
      "Has the copying of collections wait. The stream goes on, and no commit point is reached meanwhile."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    exitCodeListHeading = ExitCode.HEADING,
    exitCodeList = {ExitCode.L0, ExitCode.L1_ASKED, ExitCode.L2_ASKED, ExitCode.L4_ASKED},
    footer = {"", Asking.FOOTER})
final class PauseCommand extends AskingOfSome {
  PauseCommand(Console console) {
    super(console, "pause");
  }
}
