package dev.millrace.bench;

import com.sun.management.GarbageCollectionNotificationInfo;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;

/** Looks now and then how much of the heap is used, and after each collection how much was left. */
final class HeapWatch {
  private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private static final Set<String> HEAP_POOLS =
      ManagementFactory.getMemoryPoolMXBeans().stream()
          .filter(pool -> pool.getType() == MemoryType.HEAP)
          .map(MemoryPoolMXBean::getName)
          .collect(Collectors.toUnmodifiableSet());

  private volatile long most;
  private long mostKept;

  static HeapWatch start() {
    HeapWatch watch = new HeapWatch();
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      if (collector instanceof NotificationEmitter emitter) {
        emitter.addNotificationListener((told, nothing) -> watch.collected(told), null, null);
      }
    }
    Thread thread = new Thread(watch::look, "heap-watch");
    thread.setDaemon(true);
    thread.start();
    return watch;
  }

  private void look() {
    Runtime runtime = Runtime.getRuntime();
    while (true) {
      most = Math.max(most, runtime.totalMemory() - runtime.freeMemory());
      LockSupport.parkNanos(EVERY_NANOS);
    }
  }

  private synchronized void collected(Notification told) {
    if (told.getUserData() instanceof CompositeData data) {
      Map<String, MemoryUsage> after =
          GarbageCollectionNotificationInfo.from(data).getGcInfo().getMemoryUsageAfterGc();
      long kept = 0;
      for (Map.Entry<String, MemoryUsage> pool : after.entrySet()) {
        kept += HEAP_POOLS.contains(pool.getKey()) ? pool.getValue().getUsed() : 0;
      }
      mostKept = Math.max(mostKept, kept);
    }
  }

  /** Bytes used, garbage included. */
  long most() {
    return most;
  }

  /** Bytes that a collection left; 0 where there was none. */
  synchronized long mostKept() {
    return mostKept;
  }
}
