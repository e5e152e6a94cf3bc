package dev.millrace.cli;

import dev.millrace.config.MillraceConfig;
import dev.millrace.config.PipelineConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What of another configuration a running process cannot take over: that which it holds open, and
 * that where a position has its meaning or its place.
 *
 * @param begun the configuration that the process was started with
 * @param held what each pipeline goes by now
 */
record RestartNeeds(MillraceConfig begun, Map<String, PipelineConfig> held) {
  /**
   * In words for people; empty where there is nothing.
   *
   * @param only the one pipeline that is to change; empty means all there is
   */
  List<String> of(MillraceConfig next, Optional<String> only) {
    List<String> needs = new ArrayList<>();
    if (only.isEmpty()) {
      add(!begun.http().equals(next.http()), "http", needs);
      add(!begun.log().equals(next.log()), "log", needs);
    }
    for (PipelineConfig pipeline : next.pipelines()) {
      if (!only.map(pipeline.name()::equals).orElse(true)) {
        continue;
      }
      PipelineConfig was = held.get(pipeline.name());
      if (was == null) {
        needs.add("pipeline " + pipeline.name() + " (new)");
      } else {
        ofOne(was, pipeline, needs);
      }
    }
    for (String name : held.keySet().stream().sorted().toList()) {
      boolean gone = next.pipelines().stream().noneMatch(p -> p.name().equals(name));
      add(gone && only.map(name::equals).orElse(true), "pipeline " + name + " (gone)", needs);
    }
    return needs;
  }

  private static void ofOne(PipelineConfig was, PipelineConfig is, List<String> needs) {
    String at = is.name() + ".";
    add(!was.source().uri().equals(is.source().uri()), at + "source.uri", needs);
    add(!was.source().database().equals(is.source().database()), at + "source.database", needs);
    add(!was.checkpoint().equals(is.checkpoint()), at + "checkpoint", needs);
    add(!was.sink().equals(is.sink()), at + "sink", needs);
  }

  private static void add(boolean needed, String what, List<String> needs) {
    if (needed) {
      needs.add(what);
    }
  }
}
