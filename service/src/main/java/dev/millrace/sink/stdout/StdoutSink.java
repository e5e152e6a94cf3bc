package dev.millrace.sink.stdout;

import dev.millrace.config.SinkConfig;
import dev.millrace.json.JsonBuffer;
import dev.millrace.json.JsonMode;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Term;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import dev.millrace.sink.WrittenBeside;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Prints the change events themselves, one line of Extended JSON each, for whoever stands at the
 * other end of a pipe. While the reader stalls, this waits and the pipeline with it.
 *
 * <p>It keeps no position and shuts nobody out: delivered means that the operating system took the
 * bytes, and after a crash lines may come again.
 *
 * <p>A thread of its own writes, because nothing ends a write to a pipe that nobody reads: who
 * waits for it can be told to stop, and that thread stays behind until there is a reader again.
 * Until then nobody else writes, so that lines stay whole.
 */
public final class StdoutSink implements Sink {
  /** The process's own, past {@code System.out}, which swallows errors. */
  private static final OutputStream STANDARD_OUTPUT = new FileOutputStream(FileDescriptor.out);

  private final JsonMode mode;
  private final OutputStream out;
  private final ExecutorService writer = WrittenBeside.thread("millrace-stdout");
  private Future<?> underWay = CompletableFuture.completedFuture(null);
  private volatile boolean closed;

  /** On the process's standard output. */
  public StdoutSink(SinkConfig.Stdout config) {
    this(config, STANDARD_OUTPUT);
  }

  /**
   * @param out unbuffered: a parcel is written in one call. Sinks that share it take turns. Not
   *     closed.
   */
  public StdoutSink(SinkConfig.Stdout config, OutputStream out) {
    this.mode = config.json();
    this.out = out;
  }

  @Override
  public Optional<Checkpoint> fence(Term term, Optional<Checkpoint> stored) {
    return stored;
  }

  @Override
  public boolean keepsCheckpoint() {
    return false;
  }

  @Override
  public Parcel newParcel() {
    return new StdoutParcel(mode, this::write);
  }

  private void write(JsonBuffer lines) {
    WrittenBeside.await(begin(lines), "the reader of standard output", StdoutSink::closedHere);
  }

  private synchronized Future<?> begin(JsonBuffer lines) {
    refuseIfClosed();
    underWay = writer.submit(() -> print(lines));
    return underWay;
  }

  private void print(JsonBuffer lines) {
    synchronized (out) {
      refuseIfClosed();
      try {
        out.write(lines.array(), 0, lines.size());
        out.flush();
      } catch (IOException e) {
        throw gone(e);
      }
    }
  }

  private void refuseIfClosed() {
    if (closed) {
      throw closedHere(null);
    }
  }

  private static MillraceException closedHere(@Nullable RuntimeException e) {
    return Failure.transientFailure("MR-STDOUT-CLOSED-HERE", "standard output was closed", e);
  }

  private static MillraceException gone(IOException e) {
    return Failure.fatal(
        "MR-STDOUT-CLOSED",
        "whoever read our standard output is gone (%s): start it again".formatted(e.getMessage()),
        e);
  }

  /**
   * Leaves standard output open: it is the process's, not ours. What is being written will be
   * there, whole, once somebody reads.
   */
  @Override
  public synchronized void close() {
    closed = true;
    underWay.cancel(false);
    writer.shutdown();
  }
}
