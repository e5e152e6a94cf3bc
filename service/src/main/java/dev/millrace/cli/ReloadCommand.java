package dev.millrace.cli;

import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;

/** Makes the configuration hold. */
@Command(
    name = "reload",
    description = {
      "Has the running instance read its configuration again and go on by it.",
      "What was added and removed while running is forgotten: the configuration holds."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    exitCodeListHeading = ExitCode.HEADING,
    exitCodeList = {
      ExitCode.L0,
      "1:refused: it takes a restart, or the pipeline does not run; nothing was changed",
      ExitCode.L2_ASKED,
      ExitCode.L4_ASKED
    },
    footer = {
      "",
      "It reads the file that it was started with; FILE only says where it answers.",
      "A restart is needed where pipelines come or go, or http, log, a source's server or database,",
      "a checkpoint or a sink change.",
      Asking.FOOTER
    })
final class ReloadCommand extends Asking {
  ReloadCommand(Console console) {
    super(console, "reload", new ConfigOptions());
  }

  @Override
  Map<String, List<String>> body() {
    return Map.of();
  }

  @Override
  boolean isForAll() {
    return true;
  }
}
