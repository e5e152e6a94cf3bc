package dev.millrace.cli;

import dev.millrace.config.LogConfig;
import dev.millrace.config.MillraceConfig;
import dev.millrace.config.Reading;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Runs every pipeline of the configuration until it is told to stop. */
@Command(
    name = "run",
    description = "Runs the pipelines, until SIGTERM or Ctrl-C.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    exitCodeListHeading = ExitCode.HEADING,
    exitCodeList = {
      "0:every pipeline had snapshot: only, and all is copied",
      "1:every pipeline stopped and there is nothing left to show it to (stdout sinks, snapshot: only)",
      ExitCode.L2,
      ExitCode.L130
    },
    footer = {
      "",
      "A pipeline that cannot go on stays visible: the process stays up, /health/ready answers 503,",
      "and the page, `millrace status` and the log say why.",
      "Logs go to stderr. stdout belongs to the stdout sink.",
      "",
      "Environment variables, without a FILE:",
      "  MONGO_URI                        with the database in its path",
      "  MONGO_WATCH_COLLECTIONS          comma list, * stands for any text; all",
      "  MONGO_WATCH_OPERATIONS           comma list; insert,update,replace,delete",
      "  MONGO_RESUME_TOKENS_COLLECTION   where the position is kept; cs_resume_tokens",
      "  NATS_SERVER_URL                  nats://127.0.0.1:4222",
      "  NATS_STREAM_NAME                 and first token of each subject; cs",
      "  MONGO_SNAPSHOT                   true copies what is there first; false",
      "  MONGO_COMMIT_POINTS              true publishes them; false",
      "  HTTP_PORT                        on all interfaces; 3000, 0 takes a free one",
      "  HTTP_TOKEN                       lets who shows it change things over HTTP; nobody may",
      "  RAFT_CLUSTER_SIZE                1 runs alone"
    })
final class RunCommand implements Callable<Integer> {
  private final Console console;
  @Mixin private ConfigOptions options = new ConfigOptions();

  RunCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    MillraceConfig config = options.load(console, LogConfig.Level.TRACE);
    return run(config, () -> options.read(console), console);
  }

  /**
   * Runs all of it until the process is told to stop.
   *
   * @param again reads the configuration anew, for a reload
   * @return the exit code
   */
  static int run(MillraceConfig config, Supplier<Reading> again, Console console) {
    Running running = Running.start(config, again);
    Runtime.getRuntime().addShutdownHook(new Thread(running::close, "millrace-stop"));
    CopyWatch watch = CopyWatch.start(running.supervisors(), console);
    try {
      return running.await() ? ExitCode.OK : ExitCode.FAILED;
    } finally {
      watch.close();
    }
  }
}
