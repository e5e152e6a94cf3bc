package dev.millrace.cli;

import dev.millrace.model.MillraceException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line. */
@Command(
    name = "millrace",
    description = "Keeps other systems in step with MongoDB.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = ExitCode.HEADING,
    exitCodeList = {ExitCode.L0, ExitCode.L1, ExitCode.L2, ExitCode.L3, ExitCode.L4, ExitCode.L130},
    footer = {
      "",
      "With environment variables alone (MONGO_URI, NATS_SERVER_URL, NATS_STREAM_NAME, …):",
      "  MONGO_URI=mongodb://localhost:27017/shop millrace run",
      "With a file:",
      "  millrace run millrace.yaml",
      "Each command explains itself: millrace COMMAND --help"
    })
public final class Main implements Runnable {
  @CommandLine.Spec CommandLine.Model.CommandSpec spec;

  public static void main(String[] args) {
    int code = execute(Console.system(), args);
    System.out.flush();
    System.exit(code);
  }

  /** Runs one command line; returns its exit code. */
  public static int execute(Console console, String... args) {
    CommandLine line = new CommandLine(new Main());
    List<Object> commands =
        List.of(
            new RunCommand(console),
            new CheckCommand(console),
            new StatusCommand(console),
            PositionCommand.with(console),
            CollectionsCommand.with(console),
            new SnapshotCommand(console),
            new PauseCommand(console),
            new ResumeCommand(console),
            new ReloadCommand(console),
            DeadLettersCommand.with(console),
            new VerifyCommand(console),
            new DemoCommand(console),
            new CdcRelayCommand(console),
            new TapCommand(console),
            new DbWorkloadCommand(console));
    commands.forEach(line::addSubcommand);
    line.setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8));
    line.setParameterExceptionHandler(Main::badArguments);
    line.setExecutionExceptionHandler((e, at, parsed) -> failed(e, at));
    return line.execute(args);
  }

  /** Without a command there is nothing to do but to say what there is. */
  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "no command given; one of " + names(spec.commandLine()));
  }

  private static String names(CommandLine line) {
    return String.join(", ", line.getSubcommands().keySet());
  }

  private static int badArguments(ParameterException e, String[] args) {
    CommandLine line = e.getCommandLine();
    StringBuilder said =
        new StringBuilder("MR-USAGE: ")
            .append(String.valueOf(e.getMessage()).replaceFirst("^Error: ", ""));
    if (e instanceof UnmatchedArgumentException unmatched
        && !unmatched.getSuggestions().isEmpty()) {
      said.append("; was this meant: ").append(String.join(", ", unmatched.getSuggestions()));
    }
    said.append(" (see ").append(line.getCommandSpec().qualifiedName()).append(" --help)");
    line.getErr().println(said);
    return ExitCode.USAGE;
  }

  private static int failed(Exception e, CommandLine line) {
    boolean verbose =
        Optional.ofNullable(line.getParseResult())
            .map(r -> r.matchedOptionValue("--verbose", false))
            .orElse(false);
    if (verbose) {
      e.printStackTrace(line.getErr());
    }
    return switch (e) {
      case Refusal refusal -> {
        line.getErr().println(refusal.getMessage());
        yield refusal.exitCode();
      }
      case MillraceException m -> {
        line.getErr().println(m.getMessage());
        yield ExitCode.of(m.failure());
      }
      default -> {
        line.getErr()
            .println("MR-INTERNAL: a fault in Millrace itself: " + e + "; --verbose shows where");
        yield ExitCode.FAILED;
      }
    };
  }

  /** From the jar's manifest. */
  static final class Version implements IVersionProvider {
    static String number() {
      return Optional.ofNullable(Main.class.getPackage().getImplementationVersion())
          .orElse("development");
    }

    @Override
    public String[] getVersion() {
      return new String[] {"Millrace " + number()};
    }
  }
}
