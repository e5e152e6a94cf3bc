package dev.millrace.engine;

import java.util.List;

/**
 * What an operator asks of a running pipeline. Names are of collections, as the configuration
 * spells them; only {@link Add} takes patterns too.
 */
public sealed interface CopyRequest {
  List<String> names();

  /** Follow these as well; what is there of them is copied. */
  record Add(List<String> names) implements CopyRequest {}

  /** Follow these no longer; what is in the sink stays. */
  record Remove(List<String> names) implements CopyRequest {}

  /** Copy these anew, and remove from the sink what is gone; none means all. */
  record Again(List<String> names) implements CopyRequest {}

  /** Let the copying of these wait; none means of all. The stream goes on. */
  record Pause(List<String> names) implements CopyRequest {}

  /** Go on copying these; none means all. */
  record Resume(List<String> names) implements CopyRequest {}

  /** Forget all that {@link Add} and {@link Remove} changed: the configuration holds. */
  record Reload() implements CopyRequest {
    @Override
    public List<String> names() {
      return List.of();
    }
  }
}
