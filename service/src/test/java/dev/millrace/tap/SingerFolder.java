package dev.millrace.tap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.cli.Console;
import dev.millrace.cli.Main;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A folder with config, catalog and state, and what is run with them. */
final class SingerFolder {
  private static final long DEADLINE_SECONDS = 120;

  private final Path folder;
  private final Path config;

  SingerFolder(Path folder, JsonNode config) {
    this.folder = folder;
    this.config = file("config.json", config.toString());
  }

  /** The tap of this project, in this process. */
  Written ours(JsonNode catalog, @Nullable JsonNode state) {
    return ours(arguments(catalog, state));
  }

  /** As {@link #ours(JsonNode, JsonNode)}, with arguments beside the config's. */
  Written ours(List<String> arguments) {
    List<String> line = new ArrayList<>(List.of("tap", "--config", config.toString()));
    line.addAll(arguments);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.execute(
            new Console(
                Map.of(),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8)),
            line.toArray(String[]::new));
    return ended(
        new Written(
            code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8)));
  }

  /** Another tap, by its command. */
  Written other(Path tap, JsonNode catalog, @Nullable JsonNode state) {
    return other(tap, arguments(catalog, state));
  }

  /** As {@link #other(Path, JsonNode, JsonNode)}, with arguments beside the config's. */
  Written other(Path tap, List<String> arguments) {
    List<String> line = new ArrayList<>(List.of(tap.toString(), "--config", config.toString()));
    line.addAll(arguments);
    return ended(process(line, Path.of("/dev/null")));
  }

  /** A target that is given what a tap wrote. */
  Written target(List<String> line, String messages) {
    return process(line, file("messages.jsonl", messages));
  }

  /** A file in this folder. */
  Path file(String name, String text) {
    try {
      return Files.writeString(folder.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path folder() {
    return folder;
  }

  private static Written ended(Written written) {
    assertThat(written.code()).as("exit status; stderr: %s", written.err()).isZero();
    return written;
  }

  private List<String> arguments(JsonNode catalog, @Nullable JsonNode state) {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("--catalog", file("catalog.json", catalog.toString()).toString()));
    if (state != null) {
      arguments.addAll(List.of("--state", file("state.json", state.toString()).toString()));
    }
    return arguments;
  }

  private Written process(List<String> line, Path input) {
    Path out = folder.resolve("process.out");
    Path err = folder.resolve("process.err");
    ProcessBuilder builder =
        new ProcessBuilder(line)
            .directory(folder.toFile())
            .redirectInput(input.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    // It takes times for those of the machine's zone.
    builder.environment().put("TZ", "UTC");
    try {
      Process process = builder.start();
      try {
        assertThat(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS))
            .as("%s ends", line)
            .isTrue();
      } finally {
        process.destroyForcibly();
      }
      return new Written(process.exitValue(), Files.readString(out), Files.readString(err));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The catalog with its streams selected, and replicated so. */
  static JsonNode selected(JsonNode catalog, TapStream.Method method) {
    JsonNode copy = catalog.deepCopy();
    for (JsonNode stream : copy.path("streams")) {
      for (JsonNode entry : stream.path("metadata")) {
        ObjectNode metadata = (ObjectNode) entry.path("metadata");
        metadata.put("selected", true).put("replication-method", method.name());
        if (method == TapStream.Method.INCREMENTAL) {
          metadata.put("replication-key", "updated");
        }
      }
    }
    return copy;
  }
}
