package dev.millrace.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * While it is open, SIGINT and SIGTERM are no failure but the way to end: the command is told to
 * stop, says its last words, and the process ends with exit code 0.
 */
final class OrderlyEnd implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 10;

  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook;
  private volatile boolean asked;

  private OrderlyEnd(Runnable stop) {
    hook = new Thread(() -> end(stop), "millrace-stop");
  }

  static OrderlyEnd with(Runnable stop) {
    OrderlyEnd end = new OrderlyEnd(stop);
    Runtime.getRuntime().addShutdownHook(end.hook);
    return end;
  }

  private void end(Runnable stop) {
    asked = true;
    stop.run();
    int code = ExitCode.FAILED;
    try {
      code = done.await(PATIENCE_SECONDS, TimeUnit.SECONDS) ? ExitCode.OK : ExitCode.FAILED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    // Nothing else sets the code of a process that a signal ends.
    Runtime.getRuntime().halt(code);
  }

  /** Whether the process was told to end. */
  boolean isAsked() {
    return asked;
  }

  /** To be called behind the last words. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException ending) {
      done.countDown();
    }
  }
}
