package dev.millrace.http;

import dev.millrace.engine.PipelineMetrics;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.Position;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the API shows, as maps that become JSON. */
final class Views {
  private Views() {}

  static List<Map<String, @Nullable Object>> pipelines(List<Watched> watched) {
    return watched.stream().map(Views::pipeline).toList();
  }

  private static Map<String, @Nullable Object> pipeline(Watched watched) {
    PipelineMetrics metrics = watched.metrics();
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("name", watched.name());
    view.put("source", watched.config().source().summary());
    view.put("sink", watched.config().sink().kind());
    view.put("state", watched.state().name());
    view.put("detail", watched.state().detail());
    view.put("events", metrics.events());
    view.put("bytes_in", metrics.bytesIn());
    view.put("bytes_out", metrics.bytesOut());
    view.put("parcels", metrics.parcels());
    view.put("parcels_in_part", metrics.inParts());
    view.put("lag_seconds", known(metrics.lagSeconds()));
    view.put("queue_bytes", watched.queueBytes());
    view.put("dead_letters", watched.deadLetters());
    view.put("restarts", metrics.restarts());
    view.put("retries", metrics.retries());
    position("position", metrics.deliveredPosition(), view);
    position("saved_position", metrics.savedPosition(), view);
    view.put("saved_age_seconds", known(metrics.savedAgeSeconds()));
    view.put("saves", metrics.saves());
    view.put("copy", CopyViews.of(watched.copy(), metrics));
    return view;
  }

  private static void position(
      String key, @Nullable Position position, Map<String, @Nullable Object> view) {
    view.put(key, position == null ? null : position.data());
    view.put(key + "_time", position == null ? null : ClusterTime.iso(position.clusterTime()));
  }

  /** Figures that are not known yet are -1 inside and null outside. */
  static @Nullable Long known(long figure) {
    return figure < 0 ? null : figure;
  }

  static Map<String, Object> instance(Instance instance) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("millrace", instance.version());
    view.put("instance", instance.id());
    view.put("started", instance.started().toString());
    view.put("address", instance.address());
    return view;
  }
}
