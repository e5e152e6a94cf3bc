package dev.millrace.cli;

import dev.millrace.http.Times;
import dev.millrace.model.Position;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What all commands on positions take, beside the configuration. */
final class PositionOptions {
  @Option(
      names = {"-p", "--pipeline"},
      paramLabel = "NAME",
      description = "Which pipeline, where there are several.")
  @Nullable String pipeline;

  /** A position for people. */
  static String told(Position position) {
    return position.data() + " (" + Times.iso(position) + ")";
  }
}
