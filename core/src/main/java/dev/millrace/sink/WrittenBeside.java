package dev.millrace.sink;

import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** What a sink writes on a thread of its own, so that the next parcel is converted meanwhile. */
public final class WrittenBeside {
  private WrittenBeside() {}

  /** The thread, which keeps no process alive. */
  public static ExecutorService thread(String name) {
    return Executors.newSingleThreadExecutor(work -> {
      Thread thread = new Thread(work, name);
      thread.setDaemon(true);
      return thread;
    });
  }

  /**
   * Waits until it is written, as {@link Delivery#await} has it.
   *
   * @param target what is waited for, in messages
   * @param closed what to say where it was cancelled, for the sink was closed
   * @throws MillraceException as the writing threw it; {@code Transient} when interrupted
   */
  public static <T> T await(
      Future<T> written, String target, Function<RuntimeException, MillraceException> closed) {
    try {
      return written.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof MillraceException failure) {
        throw failure;
      }
      throw new IllegalStateException("the writing thread failed", e.getCause());
    } catch (CancellationException e) {
      throw closed.apply(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failure.transientFailure("MR-INTERRUPTED", "stopped while waiting for " + target, e);
    }
  }
}
