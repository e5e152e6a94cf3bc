package dev.millrace.engine;

import dev.millrace.model.CollectionCopy;
import dev.millrace.model.CommitPoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.Namespace;
import java.util.List;

/**
 * Where copying stands, for people. A picture of one moment.
 *
 * @param active whether the pipeline copies at all
 * @param listed whether it knows yet what there is
 * @param commit the last commit point; its time 0 before the first
 * @param waitingFor what the next commit point waits for; empty when for nothing
 */
public record CopyView(
    boolean active,
    boolean listed,
    List<Collection> collections,
    CommitPoint commit,
    String waitingFor,
    CopyState.Edits edits) {
  public CopyView {
    collections = List.copyOf(collections);
  }

  /** Of a pipeline that does not run, or does not copy. */
  public static final CopyView NONE =
      new CopyView(
          false,
          false,
          List.of(),
          new CommitPoint(0, false, "", List.of()),
          "",
          CopyState.Edits.NONE);

  /**
   * @param copied rows read and delivered so far
   * @param estimated rows when it began; -1 where not known
   * @param reading how many chunks are read or waiting to be delivered
   */
  public record Collection(
      Namespace namespace,
      CollectionCopy.Status status,
      String reason,
      long copied,
      long estimated,
      int rangesComplete,
      int ranges,
      int reading,
      boolean paused) {}
}
