package dev.millrace.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Parameters;

/** The same for commands that take no names: the file may stand alone. */
final class ConfigOptions extends Configured {
  @Parameters(
      paramLabel = "FILE",
      arity = "0..1",
      description = "Configuration in YAML, as with --file.")
  @Nullable Path bare;

  @Override
  @Nullable Path file() {
    if (bare != null && file != null) {
      throw Refusal.usage("one FILE will do: it is " + bare + " and, with --file, " + file);
    }
    return bare == null ? file : bare;
  }
}
