package dev.millrace.demo;

import dev.millrace.lab.SinkImage;
import java.util.List;

/** Where a demo delivers to. */
sealed interface DemoSink permits DemoJetStream, DemoPostgres, DemoSqlite {
  /** For people. */
  String name();

  /** Its address; there may be a password in it. */
  String address();

  /** The environment variable that has its address in what people paste. */
  String variable();

  /**
   * What a configuration says of it.
   *
   * @param address a reference to a variable that has its address
   */
  String configured(String address);

  /** What to paste into a shell behind {@code MONGO_URI}, so that the relay goes here. */
  default List<String> exports() {
    return List.of(
        export(variable(), address()),
        "cat >demo.yaml <<'END'",
        "pipelines:",
        "  - name: demo",
        "    source: {uri: \"${MONGO_URI}\"}",
        "    sink: " + configured("${" + variable() + "}"),
        "END",
        "./millrace run demo.yaml");
  }

  static String export(String name, String value) {
    return "export " + name + "='" + value + "'";
  }

  /** What it holds. */
  SinkImage read() throws Exception;

  /** Removes the server that was started, or what the relay made on one that was given. */
  AutoCloseable end();
}
