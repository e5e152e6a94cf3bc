package dev.millrace.progress;

import dev.millrace.engine.CopyView;
import dev.millrace.model.CollectionCopy.Status;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Turns pictures of copies into what moves between them. For one thread. */
public final class CopyRates {
  private static final long WINDOW_NANOS = 10_000_000_000L;
  private static final long LEAST_NANOS = 500_000_000L;

  private final Map<String, Deque<Sample>> samples = new HashMap<>();

  private record Sample(long nanos, long copied) {}

  /**
   * The collections that are being copied: begun, neither paused nor done.
   *
   * @param views where each pipeline's copying stands, by its name
   * @param nanos as {@link System#nanoTime}, later with every call
   */
  public List<Copying> at(Map<String, CopyView> views, long nanos) {
    List<Copying> all = new ArrayList<>();
    Map<String, Deque<Sample>> still = new HashMap<>();
    views.forEach((pipeline, view) -> {
      for (CopyView.Collection one : view.collections()) {
        if (one.status() != Status.PENDING
            || one.paused()
            || (one.copied() == 0 && one.reading() == 0)) {
          continue;
        }
        String key = pipeline + "/" + one.namespace();
        Deque<Sample> seen = samples.getOrDefault(key, new ArrayDeque<>());
        still.put(key, seen);
        all.add(
            new Copying(
                pipeline,
                one.namespace().toString(),
                one.copied(),
                one.estimated(),
                rate(seen, new Sample(nanos, one.copied())),
                one.rangesComplete(),
                one.ranges()));
      }
    });
    samples.clear();
    samples.putAll(still);
    return all;
  }

  /** Over the last ten seconds; below 0 until half a second was seen. */
  private static double rate(Deque<Sample> seen, Sample now) {
    if (!seen.isEmpty() && seen.getLast().copied() > now.copied()) {
      // It began anew.
      seen.clear();
    }
    while (seen.size() > 1 && now.nanos() - seen.getFirst().nanos() > WINDOW_NANOS) {
      seen.removeFirst();
    }
    seen.addLast(now);
    Sample first = seen.getFirst();
    long span = now.nanos() - first.nanos();
    return span < LEAST_NANOS ? -1 : (now.copied() - first.copied()) * 1e9 / span;
  }
}
