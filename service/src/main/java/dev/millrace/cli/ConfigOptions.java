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
import picocli.CommandLine.Parameters;

/** What every command that needs a configuration takes. */
final class ConfigOptions {
  @Parameters(
      paramLabel = "FILE",
      arity = "0..1",
      description = "Configuration in YAML. Without it, environment variables say all.")
  @Nullable Path file;

  @Option(
      names = {"-v", "--verbose", "--debug"},
      description = "Log more, and show where in the code a failure was.")
  boolean verbose;

  @Option(names = "--log-json", description = "Log one JSON object a line.")
  boolean logJson;

  /**
   * Reads it, and sets the logging up as it says.
   *
   * @param most the most that is logged, whatever the configuration wants: commands that answer a
   *     question say little else
   */
  MillraceConfig load(Console console, LogConfig.Level most) {
    ConfigReader reader = new ConfigReader(console.environment());
    return switch (file == null ? reader.variables() : reader.file(file)) {
      case Reading.Valid valid -> {
        LogConfig log = valid.config().log();
        LogConfig.Level level =
            verbose ? LogConfig.Level.DEBUG : log.level().compareTo(most) < 0 ? log.level() : most;
        LogSetup.use(new LogConfig(logJson ? LogConfig.Format.JSON : log.format(), level));
        yield valid.config();
      }
      case Reading.Faulty faulty -> throw refuse(faulty.problems());
    };
  }

  private Refusal refuse(List<ConfigProblem> problems) {
    String where = file == null ? "the environment variables" : file.toString();
    String head =
        problems.size() == 1 ? "one fault in " + where : problems.size() + " faults in " + where;
    return new Refusal(
        ExitCode.USAGE,
        "MR-CONFIG",
        head
            + problems.stream()
                .map(p -> System.lineSeparator() + "  " + p)
                .collect(Collectors.joining()));
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
