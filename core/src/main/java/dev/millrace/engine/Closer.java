package dev.millrace.engine;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is open, closed in reverse, each whatever becomes of the others. Any thread may keep and
 * close: what is opened too late is closed at once.
 */
final class Closer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Closer.class);

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private boolean closed;

  /**
   * @throws IllegalStateException when it is closed already; the resource is then closed too
   */
  <T extends AutoCloseable> T keep(T resource) {
    synchronized (this) {
      if (!closed) {
        open.push(resource);
        return resource;
      }
    }
    quietly(resource);
    throw new IllegalStateException("opened after all was closed");
  }

  @Override
  public void close() {
    Deque<AutoCloseable> all;
    synchronized (this) {
      closed = true;
      all = new ArrayDeque<>(open);
      open.clear();
    }
    all.forEach(Closer::quietly);
  }

  private static void quietly(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception e) {
      // Whatever was to be durable is; nothing follows from how it ends.
      LOG.debug("closing after use", e);
    }
  }
}
