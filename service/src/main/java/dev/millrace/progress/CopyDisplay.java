package dev.millrace.progress;

import java.util.List;

/** Shows how far copies are. For one thread. */
public interface CopyDisplay extends AutoCloseable {
  /**
   * Shows it as it is now.
   *
   * @param copies those under way; none ends what is shown
   * @param nanos as {@link System#nanoTime}
   */
  void show(List<Copying> copies, long nanos);

  @Override
  void close();
}
