package dev.millrace.cli;

import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Changes what a running pipeline follows. */
@Command(
    name = "collections",
    description = "Changes which collections a running pipeline follows.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = ExitCode.HEADING,
    exitCodeList = {ExitCode.L0, ExitCode.L1_ASKED, ExitCode.L2_ASKED, ExitCode.L4_ASKED},
    footer = {
      "",
      "What is changed so is stored and survives a restart; `millrace status` says where it differs",
      "from the configuration, and `millrace reload` makes the configuration hold."
    })
final class CollectionsCommand implements Runnable {
  @Spec private CommandSpec spec;

  static CommandLine with(Console console) {
    return new CommandLine(new CollectionsCommand())
        .addSubcommand(new Add(console))
        .addSubcommand(new Remove(console));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given; one of add, remove");
  }

  /** Follows more. */
  @Command(
      name = "add",
      description = {
        "Follows these collections as well, while the stream goes on.",
        "What is in them is copied first; the next commit point waits for it."
      },
      mixinStandardHelpOptions = true,
      versionProvider = Main.Version.class,
      exitCodeListHeading = ExitCode.HEADING,
      exitCodeList = {ExitCode.L0, ExitCode.L1_ASKED, ExitCode.L2_ASKED, ExitCode.L4_ASKED},
      footer = {"", Asking.FOOTER})
  static final class Add extends Asking {
    @Parameters(
        paramLabel = "NAME",
        arity = "1..*",
        description = {
          "Names and patterns, as the configuration spells them; in a deployment database.collection."
        })
    private List<String> names = List.of();

    Add(Console console) {
      super(console, "collections", new Configured());
    }

    @Override
    Map<String, List<String>> body() {
      return Map.of("add", names);
    }
  }

  /** Follows less. */
  @Command(
      name = "remove",
      description = {
        "Follows these collections no longer. What is in the sink stays; commit points leave them out."
      },
      mixinStandardHelpOptions = true,
      versionProvider = Main.Version.class,
      exitCodeListHeading = ExitCode.HEADING,
      exitCodeList = {ExitCode.L0, ExitCode.L1_ASKED, ExitCode.L2_ASKED, ExitCode.L4_ASKED},
      footer = {"", Asking.FOOTER})
  static final class Remove extends Asking {
    @Parameters(
        paramLabel = "NAME",
        arity = "1..*",
        description = "Whole names, as the configuration spells them.")
    private List<String> names = List.of();

    Remove(Console console) {
      super(console, "collections", new Configured());
    }

    @Override
    Map<String, List<String>> body() {
      return Map.of("remove", names);
    }
  }
}
