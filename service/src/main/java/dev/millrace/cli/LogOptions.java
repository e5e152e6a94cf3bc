package dev.millrace.cli;

import dev.millrace.config.LogConfig;
import picocli.CommandLine.Option;

/** How much a command logs, and in which form. */
class LogOptions {
  @Option(
      names = {"-v", "--verbose", "--debug"},
      description = "Log more, and show where in the code a failure was.")
  boolean verbose;

  @Option(names = "--log-json", description = "Log one JSON object a line.")
  boolean logJson;

  /**
   * Sets the logging up.
   *
   * @param log as the configuration has it
   * @param most the most that is logged, whatever the configuration wants: commands that answer a
   *     question say little else
   */
  final void useLog(LogConfig log, LogConfig.Level most) {
    LogConfig.Level level =
        verbose ? LogConfig.Level.DEBUG : log.level().compareTo(most) < 0 ? log.level() : most;
    LogSetup.use(new LogConfig(logJson ? LogConfig.Format.JSON : log.format(), level));
  }
}
