package dev.millrace.bench;

import org.bson.BsonDocument;

/** One way to read the course, or to deliver it. */
@FunctionalInterface
interface Contender {
  /**
   * Opens its own connections, runs the whole course once, and returns when its last event or
   * document is counted or acknowledged. Called twice in a process: to warm up, and to be measured.
   */
  void run(Course course) throws Exception;

  /** What else it found out in its last run. */
  default BsonDocument figures() {
    return new BsonDocument();
  }
}
