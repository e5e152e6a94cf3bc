package dev.millrace.source;

import dev.millrace.model.Batch;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Position;

/**
 * The first seam: an open stream of changes. Belongs to one thread, but for {@link #close}, which
 * any thread may call and which makes a waiting {@link #poll} fail.
 */
public interface Source extends AutoCloseable {
  /** Where the stream was opened: everything later comes from {@link #poll}. */
  Position opened();

  /** The id of the deployment that is read; empty when the server will not say. */
  String deployment();

  /**
   * What is followed, as a text that is equal when the scope is. Where it is not whole documents,
   * or not all of them, it begins with a text that is equal when those are, and a blank; the names
   * that follow have no blank before their first slash.
   */
  String scope();

  /**
   * Reads once: waits when nothing happens and then returns a batch without changes, whose position
   * may have moved all the same.
   *
   * @param waitMillis how long at most; a move of the position alone does not end the waiting
   * @throws MillraceException when the stream is over; the source is of no more use then
   */
  Batch poll(long waitMillis);

  /**
   * Keeps what is open at the server alive while the caller cannot take more. Cheap: talks to the
   * server only when due. Call it at least every second while not polling.
   *
   * @throws MillraceException as {@link #poll}
   */
  void keepAlive();

  @Override
  void close();
}
