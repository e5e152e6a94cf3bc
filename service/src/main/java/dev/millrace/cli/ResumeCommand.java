package dev.millrace.cli;

import picocli.CommandLine.Command;

/** Has copying go on. */
@Command(
    name = "resume",
    description = {"Has copying go on where it was paused."},
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    exitCodeListHeading = ExitCode.HEADING,
    exitCodeList = {ExitCode.L0, ExitCode.L1_ASKED, ExitCode.L2_ASKED, ExitCode.L4_ASKED},
    footer = {"", Asking.FOOTER})
final class ResumeCommand extends AskingOfSome {
  ResumeCommand(Console console) {
    super(console, "resume");
  }
}
