package dev.millrace.engine;

import dev.millrace.model.Namespace;
import java.util.List;
import org.bson.BsonValue;

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

  /**
   * Tell the sink of these documents again, as they are: what it has of them is not as it should
   * be. No commit point waits for it.
   *
   * @param ids their {@code _id}s, a thousand at most
   */
  record Renew(Namespace namespace, List<BsonValue> ids) implements CopyRequest {
    @Override
    public List<String> names() {
      return List.of(namespace.toString());
    }
  }

  /** Forget all that {@link Add} and {@link Remove} changed: the configuration holds. */
  record Reload() implements CopyRequest {
    @Override
    public List<String> names() {
      return List.of();
    }
  }
}
