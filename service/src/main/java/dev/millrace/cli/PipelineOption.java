package dev.millrace.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What commands take that are on one pipeline. */
final class PipelineOption {
  @Option(
      names = {"-p", "--pipeline"},
      paramLabel = "NAME",
      description = "Which pipeline, where there are several.")
  @Nullable String pipeline;
}
