package dev.millrace.cli;

import dev.millrace.config.MillraceConfig;
import dev.millrace.config.PipelineConfig;
import dev.millrace.http.RunningInstance;
import dev.millrace.http.RunningInstance.Told;
import java.util.Map;

/** The instance that a configuration starts, asked to do something; who refuses is told of. */
final class AskedInstance {
  private AskedInstance() {}

  /** A path that is about one pipeline. */
  static String path(PipelineConfig pipeline, String what) {
    return Asking.path(pipeline.name(), what);
  }

  /**
   * What it said.
   *
   * @throws Refusal when nobody answers, or the answer is no
   */
  static Told ask(MillraceConfig config, String path, Map<String, ?> body) {
    RunningInstance instance = RunningInstance.of(config.http());
    Told told =
        instance
            .ask(path, body, config.http().token())
            .orElseThrow(() -> Asking.noInstance(instance));
    if (told.isRefusal()) {
      throw new Refusal(ExitCode.ofHttp(told.status()), told.code(), told.message());
    }
    return told;
  }
}
