package dev.millrace.bench;

import java.io.IOException;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt64;

/**
 * One contender in a JVM of its own: runs the beginning of the course to warm up, then all of it
 * measured, and prints one line of JSON. Ends with its parent, whose end closes its input.
 */
final class Child {
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
      contender.run(course.warmUp(warmUp));
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
    double sinkCpu = ProcStat.cpuSeconds(course.sinkPid());
    long start = System.nanoTime();
    contender.run(course);
    double seconds = (System.nanoTime() - start) / 1e9;
    BsonDocument run =
        new BsonDocument("events", new BsonInt64(course.events()))
            .append("seconds", new BsonDouble(seconds))
            .append("cpu", new BsonDouble(ProcStat.cpuSeconds(self) - ownCpu))
            .append(
                "mongodCpu", new BsonDouble(ProcStat.cpuSeconds(course.mongodPid()) - mongodCpu))
            .append("sinkCpu", new BsonDouble(ProcStat.cpuSeconds(course.sinkPid()) - sinkCpu))
            .append("heap", new BsonInt64(heap.most()))
            .append("kept", new BsonInt64(heap.mostKept()))
            .append("rss", new BsonInt64(ProcStat.ownPeakBytes()));
    run.putAll(contender.figures());
    return run;
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
}
