package dev.millrace.cli;

import picocli.CommandLine.Command;

/** Copies again. */
@Command(
    name = "snapshot",
    description = {
      "Has collections copied anew while the stream goes on, and what is gone removed from the sink.",
      "The next commit point waits for them."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    exitCodeListHeading = ExitCode.HEADING,
    exitCodeList = {ExitCode.L0, ExitCode.L1_ASKED, ExitCode.L2_ASKED, ExitCode.L4_ASKED},
    footer = {"", Asking.FOOTER})
final class SnapshotCommand extends AskingOfSome {
  SnapshotCommand(Console console) {
    super(console, "snapshot");
  }
}
