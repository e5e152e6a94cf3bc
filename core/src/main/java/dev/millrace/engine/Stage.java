package dev.millrace.engine;

/**
 * One part of a running pipeline, in steps: a thread in production calls {@link #step} and, when it
 * was idle, {@link #rest}; a test calls {@code step} in whatever order a seed decides.
 */
interface Stage {
  /** Does one bounded piece of work; waits only inside a seam. */
  Progress step();

  /** Waits until another step may find work, or a second. */
  void rest() throws InterruptedException;

  /** What a step came to. */
  enum Progress {
    WORKED,
    IDLE,
    /** There will never be work again. */
    DONE
  }
}
