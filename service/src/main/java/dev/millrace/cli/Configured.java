package dev.millrace.cli;

import dev.millrace.config.ConfigProblem;
import dev.millrace.config.ConfigReader;
import dev.millrace.config.LogConfig;
import dev.millrace.config.MillraceConfig;
import dev.millrace.config.PipelineConfig;
import dev.millrace.config.Reading;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What every command that needs a configuration takes. */
class Configured {
  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "Configuration in YAML. Without it, environment variables say all.")
  @Nullable Path file;

  @Option(
      names = {"-v", "--verbose", "--debug"},
      description = "Log more, and show where in the code a failure was.")
  boolean verbose;

  @Option(names = "--log-json", description = "Log one JSON object a line.")
  boolean logJson;

  /** The file that is meant; null where environment variables say all. */
  @Nullable Path file() {
    return file;
  }

  /** Reads it, and nothing more. */
  Reading read(Console console) {
    ConfigReader reader = new ConfigReader(console.environment());
    Path from = file();
    return from == null ? reader.variables() : reader.file(from);
  }

  /**
   * Reads it, and sets the logging up as it says.
   *
   * @param most the most that is logged, whatever the configuration wants: commands that answer a
   *     question say little else
   */
  MillraceConfig load(Console console, LogConfig.Level most) {
    return switch (read(console)) {
      case Reading.Valid valid -> {
        LogConfig log = valid.config().log();
        LogConfig.Level level =
            verbose ? LogConfig.Level.DEBUG : log.level().compareTo(most) < 0 ? log.level() : most;
        LogSetup.use(new LogConfig(logJson ? LogConfig.Format.JSON : log.format(), level));
        yield valid.config();
      }
      case Reading.Faulty faulty ->
          throw new Refusal(ExitCode.USAGE, "MR-CONFIG", told(faulty.problems()));
    };
  }

  /** All faults, below a line on how many there are where. */
  String told(List<ConfigProblem> problems) {
    Path from = file();
    String where = from == null ? "the environment variables" : from.toString();
    String head =
        problems.size() == 1 ? "one fault in " + where : problems.size() + " faults in " + where;
    return head
        + problems.stream()
            .map(p -> System.lineSeparator() + "  " + p)
            .collect(Collectors.joining());
  }

  /** The one that is meant. */
  static PipelineConfig one(MillraceConfig config, @Nullable String name) {
    String all =
        config.pipelines().stream().map(PipelineConfig::name).collect(Collectors.joining(", "));
    if (name == null) {
      if (config.pipelines().size() > 1) {
        throw Refusal.usage("which pipeline is meant? --pipeline with one of " + all);
      }
      return config.pipelines().getFirst();
    }
    return config.pipelines().stream()
        .filter(p -> p.name().equals(name))
        .findFirst()
        .orElseThrow(() -> Refusal.usage("there is no pipeline " + name + "; one of " + all));
  }
}
