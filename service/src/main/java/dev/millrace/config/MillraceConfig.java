package dev.millrace.config;

import dev.millrace.model.Namespace;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * All that one process is told.
 *
 * @param notes what a person should know about how it was read; one log line each at the start
 */
public record MillraceConfig(
    List<PipelineConfig> pipelines, HttpConfig http, LogConfig log, List<String> notes) {
  public MillraceConfig {
    pipelines = List.copyOf(pipelines);
    notes = List.copyOf(notes);
  }

  /**
   * The collections in which any pipeline here keeps its position. No pipeline follows any of them:
   * each would otherwise be kept busy for ever by the other's position.
   */
  public Set<Namespace> own() {
    Set<Namespace> own = new LinkedHashSet<>();
    for (PipelineConfig pipeline : pipelines) {
      if (pipeline.checkpoint() instanceof CheckpointConfig.Source source) {
        own.add(source.namespace());
      }
    }
    return own;
  }
}
