package dev.millrace.cli;

import dev.millrace.config.LogConfig;
import dev.millrace.config.MillraceConfig;
import dev.millrace.http.RunningInstance;
import dev.millrace.http.RunningInstance.Told;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;

/** A command that has the running instance change something about a pipeline. */
abstract class Asking implements Callable<Integer> {
  /** Below the help of each. */
  static final String FOOTER =
      "Asks the instance that runs, at http.host and http.port, and shows it the token: http.token, or HTTP_TOKEN.";

  private final Console console;
  private final String what;
  @Mixin private final Configured options;
  @Mixin private PipelineOption which = new PipelineOption();

  /**
   * @param what the last part of the path
   * @param options how the command takes its configuration
   */
  Asking(Console console, String what, Configured options) {
    this.console = console;
    this.what = what;
    this.options = options;
  }

  abstract Map<String, List<String>> body();

  /** Whether it is on all pipelines where none is named. */
  boolean isForAll() {
    return false;
  }

  @Override
  public Integer call() {
    MillraceConfig config = options.load(console, LogConfig.Level.WARN);
    Told told = AskedInstance.ask(config, path(config, which.pipeline), body());
    console.out().println(told.message());
    return ExitCode.OK;
  }

  private String path(MillraceConfig config, @Nullable String pipeline) {
    if (isForAll() && pipeline == null) {
      return "/api/" + what;
    }
    String name = Configured.one(config, pipeline).name();
    return path(name, what);
  }

  /** Where a pipeline of this name is asked. */
  static String path(String pipeline, String what) {
    return "/api/pipelines/"
        + URLEncoder.encode(pipeline, StandardCharsets.UTF_8).replace("+", "%20")
        + "/"
        + what;
  }

  /** What is said where nobody answers. */
  static Refusal noInstance(RunningInstance instance) {
    return new Refusal(
        ExitCode.UNREACHABLE,
        "MR-NO-INSTANCE",
        "no Millrace answers on %s: start it, or name the configuration that it was started with"
            .formatted(instance.address()));
  }
}
