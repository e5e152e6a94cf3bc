package dev.millrace.tap;

import dev.millrace.lab.Binaries;
import dev.millrace.lab.PythonProgram;
import dev.millrace.lab.ServerUnavailable;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** What is not ours: taps and targets that anyone can install. */
final class Programs {
  /** Made for tap-mongodb among others: it validates every record by the stream's schema. */
  static final PythonProgram TARGET_STITCH =
      new PythonProgram("target-stitch", "4.0.3", List.of(), "target-stitch");

  static final PythonProgram TARGET_JSONL =
      new PythonProgram("target-jsonl", "0.1.4", List.of(), "target-jsonl");

  private Programs() {}

  /** Its command; the test is skipped where it cannot be installed, with the reason. */
  static Path command(PythonProgram program) {
    try {
      return Binaries.system().python(program);
    } catch (ServerUnavailable e) {
      Assumptions.abort(e.sentence());
      throw e;
    }
  }
}
