package dev.millrace.table;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tables that somebody dropped, as a start finds them: made again, and copied anew. */
public final class VanishedTables {
  private static final Logger LOG = LoggerFactory.getLogger(VanishedTables.class);

  private final String sink;
  private final String code;

  /**
   * @param sink its name, for messages
   * @param code of the failure
   */
  public VanishedTables(String sink, String code) {
    this.sink = sink;
    this.code = code;
  }

  /**
   * The checkpoint from which their collections are copied anew.
   *
   * @param vanished none, nearly always
   * @param orElse what a person can do, besides restoring them, where nothing is copied
   * @throws MillraceException {@code Fatal} where nothing is copied
   */
  public Checkpoint leftOut(Set<Namespace> vanished, Checkpoint checkpoint, String orElse) {
    if (vanished.isEmpty()) {
      return checkpoint;
    }
    if (!checkpoint.copy().active()) {
      throw Failure.fatal(
          code,
          "%s: somebody dropped the tables of %s, and with snapshot: never their rows cannot be had again: restore them, %s"
              .formatted(sink, vanished, orElse));
    }
    LOG.warn(
        "{}: {}: somebody dropped the tables of {}: made again, and copied anew",
        code,
        sink,
        vanished);
    return checkpoint.with(checkpoint.copy().again(vanished));
  }
}
