package dev.millrace.bench;

/** One way to read the course, or to deliver it. */
@FunctionalInterface
interface Contender {
  /**
   * Opens its own connections, runs the whole course once, and returns when its last event is
   * counted or acknowledged. Called twice in a process: to warm up, and to be measured.
   */
  void run(Course course) throws Exception;
}
