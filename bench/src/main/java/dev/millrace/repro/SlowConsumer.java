package dev.millrace.repro;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;

/** Reads a little, reads nothing for long, and then reads the rest. */
final class SlowConsumer {
  private static final int LITTLE = 100;

  private final Tally tally;
  private final Duration stall;
  private final PrintStream out;

  SlowConsumer(Tally tally, Duration stall, PrintStream out) {
    this.tally = tally;
    this.stall = stall;
    this.out = out;
  }

  /** Returns at the end of the lines. */
  void read(BufferedReader lines) throws IOException, InterruptedException {
    boolean stalled = false;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      tally.take(line);
      if (!stalled && tally.records() == LITTLE) {
        out.printf("consumer: %d records read, and nothing for %d s%n", LITTLE, stall.toSeconds());
        Thread.sleep(stall.toMillis());
        out.println("consumer: reads on");
        stalled = true;
      }
    }
  }
}
