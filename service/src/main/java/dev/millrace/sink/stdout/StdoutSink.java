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
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;

/**
 * Prints the change events themselves, one line of Extended JSON each, for whoever stands at the
 * other end of a pipe. While the reader stalls, this waits and the pipeline with it.
 *
 * <p>It keeps no position and shuts nobody out: delivered means that the operating system took the
 * bytes, and after a crash lines may come again.
 */
public final class StdoutSink implements Sink {
  private final JsonMode mode;
  private final OutputStream out;
  private volatile boolean closed;

  /** On the process's standard output, past {@code System.out}, which swallows errors. */
  public StdoutSink(SinkConfig.Stdout config) {
    this(config, new FileOutputStream(FileDescriptor.out));
  }

  /**
   * @param out unbuffered: a parcel is written in one call. Not closed.
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
    if (closed) {
      throw Failure.transientFailure("MR-STDOUT-CLOSED-HERE", "standard output was closed", null);
    }
    try {
      out.write(lines.array(), 0, lines.size());
      out.flush();
    } catch (IOException e) {
      throw gone(e);
    }
  }

  private static MillraceException gone(IOException e) {
    return Failure.fatal(
        "MR-STDOUT-CLOSED",
        "whoever read our standard output is gone (%s): start it again".formatted(e.getMessage()),
        e);
  }

  /** Leaves standard output open: it is the process's, not ours. */
  @Override
  public void close() {
    closed = true;
  }
}
