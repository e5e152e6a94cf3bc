package dev.millrace.http;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Whether the servers in use answer. Asked when somebody wants to know, all at once, and not again
 * within a second: a probe in a tight loop must not become a load.
 */
final class Health implements AutoCloseable {
  private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Map<String, Probe> probes;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(
          Thread.ofPlatform().daemon().name("millrace-health-", 0).factory());
  private Map<String, Boolean> answers = Map.of();
  private long askedAt;

  Health(Map<String, Probe> probes) {
    this.probes = new LinkedHashMap<>(probes);
  }

  /** Per kind of server whether it answers, in the order of the configuration. */
  synchronized Map<String, Boolean> answers() throws InterruptedException {
    if (!answers.isEmpty() && System.nanoTime() - askedAt < FRESH_NANOS) {
      return answers;
    }
    Map<String, Future<Boolean>> asked = new LinkedHashMap<>();
    probes.forEach((kind, probe) -> asked.put(kind, threads.submit(probe::answers)));
    Map<String, Boolean> fresh = new LinkedHashMap<>();
    for (Map.Entry<String, Future<Boolean>> one : asked.entrySet()) {
      fresh.put(one.getKey(), answer(one.getValue()));
    }
    answers = fresh;
    askedAt = System.nanoTime();
    return answers;
  }

  private static boolean answer(Future<Boolean> asked) throws InterruptedException {
    try {
      return asked.get(4L * Probe.TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
      return false;
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
    probes.values().forEach(Probe::close);
  }
}
