package dev.millrace.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What Linux knows of a process. Fields are those of proc(5). */
final class ProcStat {
  /** The unit of the times in {@code stat}: 100 on every Linux that Java runs on. */
  private static final double TICKS_PER_SECOND = 100;

  private static final int UTIME = 14;
  private static final int CSTIME = 17;

  private ProcStat() {}

  /**
   * CPU seconds, user and system, so far: of all its threads, and of all processes that it started,
   * such as PostgreSQL's sessions. 0 for a process that is gone.
   */
  static double cpuSeconds(long pid) {
    return ProcessHandle.of(pid)
        .map(process ->
            own(pid) + process.descendants().mapToDouble(started -> own(started.pid())).sum())
        .orElse(0.0);
  }

  /** With those that it started, that are gone, and whose end it knows of. */
  private static double own(long pid) {
    String stat;
    try {
      stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    } catch (IOException e) {
      return 0;
    }
    // The second field is the command in parentheses, and may hold blanks.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    long ticks = 0;
    for (int field = UTIME; field <= CSTIME; field++) {
      ticks += Long.parseLong(fields[field - 3]);
    }
    return ticks / TICKS_PER_SECOND;
  }

  /** The most memory this process ever had resident, in bytes. */
  static long ownPeakBytes() {
    return peakBytes(ProcessHandle.current().pid());
  }

  /** The most memory a process ever had resident, in bytes; 0 for one that is gone. */
  static long peakBytes(long pid) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
        if (line.startsWith("VmHWM:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }
      }
      return 0;
    } catch (IOException e) {
      return 0;
    }
  }
}
