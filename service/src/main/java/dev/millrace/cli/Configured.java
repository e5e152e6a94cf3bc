package dev.millrace.cli;

import dev.millrace.config.ConfigReader;
import dev.millrace.config.LogConfig;
import dev.millrace.config.MillraceConfig;
import dev.millrace.config.PipelineConfig;
import dev.millrace.config.Reading;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What every command that needs a configuration takes. */
class Configured extends LogOptions {
  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "Configuration in YAML. Without it, environment variables say all.")
  @Nullable Path file;

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
        useLog(valid.config().log(), most);
        yield valid.config();
      }
      case Reading.Faulty faulty ->
          throw Refusal.faults(
              file() == null ? "the environment variables" : String.valueOf(file()),
              faulty.problems());
    };
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
