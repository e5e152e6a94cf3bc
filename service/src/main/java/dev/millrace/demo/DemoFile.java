package dev.millrace.demo;

import dev.millrace.config.ConfigReader;
import dev.millrace.config.MillraceConfig;
import dev.millrace.config.Reading;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The demo's configuration as a file, which this process and another can read.
 *
 * @param environment what the file refers to: addresses may have passwords in them
 */
public record DemoFile(Path path, Map<String, String> environment) {
  private static final String SOURCE = "MILLRACE_DEMO_SOURCE";
  private static final String SINK = "MILLRACE_DEMO_SINK";

  static DemoFile write(Path folder, int httpPort, String database, String source, DemoSink sink) {
    String text =
        """
        http: {host: 127.0.0.1, port: %d}
        log: {level: warn}
        pipelines:
          - name: demo
            source: {uri: "${%s}", database: %s}
            snapshot: initial
            sink: %s
        """
            .formatted(httpPort, SOURCE, database, sink.configured("${" + SINK + "}"));
    try {
      Path file = Files.writeString(folder.resolve("millrace.yaml"), text);
      return new DemoFile(file, Map.of(SOURCE, source, SINK, sink.address()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What it says. */
  public MillraceConfig config() {
    return switch (new ConfigReader(environment).file(path)) {
      case Reading.Valid valid -> valid.config();
      // An address of the user's own may be none; it is not shown.
      case Reading.Faulty faulty ->
          throw new IllegalArgumentException(faulty.problems().toString());
    };
  }
}
