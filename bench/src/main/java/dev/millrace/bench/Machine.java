package dev.millrace.bench;

import com.mongodb.client.MongoClient;
import com.mongodb.internal.build.MongoDriverVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.bson.BsonDocument;
import org.bson.BsonInt32;

/** What was measured on, and with what. */
final class Machine {
  private Machine() {}

  /**
   * @param sink the servers and drivers on that side, with their versions
   */
  static List<String> describe(MongoClient mongo, String sink) throws IOException {
    String mongod =
        mongo
            .getDatabase("admin")
            .runCommand(new BsonDocument("buildInfo", new BsonInt32(1)), BsonDocument.class)
            .getString("version")
            .getValue();
    return List.of(
        "%s; %s, %d cores, %s; load before: %s"
            .formatted(
                LocalDate.now(ZoneId.systemDefault()),
                first("/proc/cpuinfo", "model name"),
                Runtime.getRuntime().availableProcessors(),
                memory(),
                load()),
        "JDK %s (%s); Linux %s"
            .formatted(
                Runtime.version(),
                System.getProperty("java.vendor"),
                System.getProperty("os.version")),
        "mongod %s, mongodb-driver-sync %s, %s; all on this machine"
            .formatted(mongod, MongoDriverVersion.VERSION, sink));
  }

  private static String load() throws IOException {
    return Files.readString(Path.of("/proc/loadavg")).split(" ")[0];
  }

  private static String memory() throws IOException {
    long kilobytes = Long.parseLong(first("/proc/meminfo", "MemTotal").replaceAll("\\D", ""));
    return String.format(Locale.ROOT, "%.0f GiB", kilobytes / 1024.0 / 1024.0);
  }

  private static String first(String file, String key) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of(file))) {
      return lines
          .filter(line -> line.startsWith(key))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    }
  }
}
