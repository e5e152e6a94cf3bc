package dev.millrace.http;

import dev.millrace.engine.CopyView;
import dev.millrace.engine.PipelineMetrics;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.CommitPoint;
import dev.millrace.model.CopyState;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where copying stands, as maps that become JSON. */
final class CopyViews {
  private CopyViews() {}

  static Map<String, @Nullable Object> of(CopyView copy, PipelineMetrics metrics) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("active", copy.active());
    view.put("listed", copy.listed());
    view.put("collections", copy.collections().stream().map(CopyViews::collection).toList());
    view.put("commit", commit(copy.commit()));
    view.put("waiting_for", copy.waitingFor());
    view.put("edits", edits(copy.edits()));
    view.put("history_left_seconds", Views.known(metrics.historyLeftSeconds()));
    return view;
  }

  private static Map<String, @Nullable Object> collection(CopyView.Collection collection) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("name", collection.namespace().toString());
    view.put("status", collection.status().name().toLowerCase(Locale.ROOT));
    view.put("reason", collection.reason());
    view.put("copied", collection.copied());
    view.put("estimated", Views.known(collection.estimated()));
    view.put("ranges", collection.ranges());
    view.put("ranges_complete", collection.rangesComplete());
    view.put("reading", collection.reading());
    view.put("paused", collection.paused());
    return view;
  }

  private static Map<String, @Nullable Object> commit(CommitPoint commit) {
    boolean any = commit.time() != ClusterTime.NONE;
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("time", any ? ClusterTime.iso(commit.time()) : null);
    view.put("cluster_time", any ? ClusterTime.text(commit.time()) : null);
    view.put("consistent", commit.consistent());
    view.put("reason", commit.reason());
    view.put("excluded", commit.excluded());
    return view;
  }

  private static Map<String, @Nullable Object> edits(CopyState.Edits edits) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("added", List.copyOf(edits.added()));
    view.put("removed", List.copyOf(edits.removed()));
    view.put("paused", List.copyOf(edits.paused()));
    return view;
  }
}
