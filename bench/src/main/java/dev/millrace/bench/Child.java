package dev.millrace.bench;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt64;

/**
 * One contender in a JVM of its own: runs the beginning of the course to warm up, then all of it
 * measured, and prints one line of JSON. Ends with its parent, whose end closes its input.
 */
final class Child {
  static final String WARM_UP = "_warm";

  private Child() {}

  /**
   * @param args the contender's name, the course, and how many events to warm up with
   */
  static void run(String[] args) throws Exception {
    endWithParent();
    Course course = Course.ofJson(args[1]);
    if (args[0].equals("serve")) {
      Contenders.jetStream().serve(course);
      return;
    }
    Contender contender = Contenders.named(args[0]).contender().get();
    long warmUp = Math.min(Long.parseLong(args[2]), course.events());
    if (warmUp > 0) {
      contender.run(course.first(warmUp, course.stream() + WARM_UP));
      System.gc();
    }
    System.out.println(measured(contender, course).toJson());
    System.out.flush();
    // Whatever threads a contender's client left running; a flight recording is written still.
    System.exit(0);
  }

  private static BsonDocument measured(Contender contender, Course course) throws Exception {
    long self = ProcessHandle.current().pid();
    HeapWatch heap = HeapWatch.start();
    double ownCpu = ProcStat.cpuSeconds(self);
    double mongodCpu = ProcStat.cpuSeconds(course.mongodPid());
    double natsCpu = ProcStat.cpuSeconds(course.natsPid());
    long start = System.nanoTime();
    contender.run(course);
    double seconds = (System.nanoTime() - start) / 1e9;
    return new BsonDocument("events", new BsonInt64(course.events()))
        .append("seconds", new BsonDouble(seconds))
        .append("cpu", new BsonDouble(ProcStat.cpuSeconds(self) - ownCpu))
        .append("mongodCpu", new BsonDouble(ProcStat.cpuSeconds(course.mongodPid()) - mongodCpu))
        .append("natsCpu", new BsonDouble(ProcStat.cpuSeconds(course.natsPid()) - natsCpu))
        .append("heap", new BsonInt64(heap.most()))
        .append("rss", new BsonInt64(ProcStat.ownPeakBytes()));
  }

  static void endWithParent() {
    Thread watch =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {
                  // Nothing is said here; only the end counts.
                }
              } catch (IOException e) {
                // Then it is gone as well.
              }
              Runtime.getRuntime().halt(3);
            },
            "parent-watch");
    watch.setDaemon(true);
    watch.start();
  }

  /** Looks now and then how much of the heap is used. */
  private static final class HeapWatch {
    private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private volatile long most;

    static HeapWatch start() {
      HeapWatch watch = new HeapWatch();
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

    long most() {
      return most;
    }
  }
}
