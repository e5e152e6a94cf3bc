package dev.millrace.repro;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * How long a server leaves a cursor whose session nobody uses.
 *
 * @param parameters of the server, among them the session timeout of one minute
 * @param stall how long a consumer has to stand still to lose its tap's cursor for certain
 */
record Times(Map<String, String> parameters, Duration stall) {
  private static final Map<String, String> TIMEOUT =
      Map.of("localLogicalSessionTimeoutMinutes", "1");

  /**
   * The server writes down each second which sessions were used, forgets the others each second,
   * and kills their cursors within another: a little more than the minute itself.
   */
  static Times quick() {
    return new Times(
        Map.of(
            "localLogicalSessionTimeoutMinutes",
            "1",
            "logicalSessionRefreshMillis",
            "1000",
            "ttlMonitorSleepSecs",
            "1"),
        Duration.ofSeconds(75));
  }

  /**
   * The server's own: used sessions are written down every five minutes, forgotten ones looked for
   * every minute, and their cursors killed when sessions are written down next. At most 5 + 1 + 1
   * minutes until the session is forgotten, at most 10 until the cursor is killed.
   */
  static Times faithful() {
    return new Times(TIMEOUT, Duration.ofMinutes(11));
  }

  /** For mongod's command line. */
  List<String> arguments() {
    return parameters.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .flatMap(entry -> Stream.of("--setParameter", entry.getKey() + "=" + entry.getValue()))
        .toList();
  }
}
