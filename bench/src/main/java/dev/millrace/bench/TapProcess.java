package dev.millrace.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt64;

/**
 * A Singer tap as its users start it, its messages thrown away.
 *
 * @param command what starts it, without its arguments
 */
record TapProcess(List<String> command) {
  private static final long LOOK_MILLIS = 20;

  /**
   * Runs it from its start to its end.
   *
   * @param arguments config, catalog and state
   * @param documents that it tells of
   * @param mongodPid of the server that it reads from
   * @return what {@link Results} has of a run; the peak of memory is that of up to 20 ms before the
   *     end
   * @throws IOException when it does not end well; with what it said last
   */
  BsonDocument run(List<String> arguments, long documents, long mongodPid)
      throws IOException, InterruptedException {
    Path log = Files.createTempFile("millrace-bench-tap-", ".log");
    try {
      List<String> line = new ArrayList<>(command);
      line.addAll(arguments);
      ProcessBuilder builder =
          new ProcessBuilder(line)
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectOutput(Path.of("/dev/null").toFile())
              .redirectError(log.toFile());
      Jvm.cleanEnvironment(builder.environment());
      builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
      return measured(builder, log, documents, mongodPid);
    } finally {
      Files.deleteIfExists(log);
    }
  }

  private BsonDocument measured(ProcessBuilder builder, Path log, long documents, long mongodPid)
      throws IOException, InterruptedException {
    double mongodBefore = ProcStat.cpuSeconds(mongodPid);
    double cpu = 0;
    long peak = 0;
    long start = System.nanoTime();
    Process process = Jvm.start(builder);
    do {
      cpu = Math.max(cpu, ProcStat.cpuSeconds(process.pid()));
      peak = Math.max(peak, ProcStat.peakBytes(process.pid()));
    } while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS));
    double seconds = (System.nanoTime() - start) / 1e9;
    if (process.exitValue() != 0) {
      List<String> said = Files.readAllLines(log);
      throw new IOException(
          "%s ended with %d:%n%s"
              .formatted(
                  command.getFirst(),
                  process.exitValue(),
                  String.join("\n", said.subList(Math.max(0, said.size() - 20), said.size()))));
    }
    return new BsonDocument("events", new BsonInt64(documents))
        .append("seconds", new BsonDouble(seconds))
        .append("cpu", new BsonDouble(cpu))
        .append("mongodCpu", new BsonDouble(ProcStat.cpuSeconds(mongodPid) - mongodBefore))
        .append("rss", new BsonInt64(peak));
  }

  /** How many records it tells of: what is measured has to be all of it. */
  long records(List<String> arguments) throws IOException, InterruptedException {
    List<String> line = new ArrayList<>(command);
    line.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(line)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    Jvm.cleanEnvironment(builder.environment());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = Jvm.start(builder);
    long records;
    try (var lines = process.inputReader()) {
      records = lines.lines().filter(each -> each.startsWith("{\"type\": \"RECORD\"")).count();
    }
    process.waitFor();
    return records;
  }
}
