package dev.millrace.ha;

/**
 * The fourth seam: who may try to lead. It only says who may try; what keeps two from writing is
 * the {@link dev.millrace.model.Term} in the checkpoint store.
 */
public interface Leadership extends AutoCloseable {
  /** Waits until this instance may lead. */
  Lead await() throws InterruptedException;

  @Override
  void close();

  /** One leadership, from gaining it to losing it. */
  interface Lead {
    boolean held();

    /** Runs once when it is lost, on a thread of the leadership's; at once when it is already. */
    void onLoss(Runnable action);
  }
}
