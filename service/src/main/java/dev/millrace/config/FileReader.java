package dev.millrace.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Reads a configuration file. */
final class FileReader {
  private final Problems problems = new Problems();
  private final References references;
  private final Optional<Secret> tokenOutside;

  FileReader(Map<String, String> environment) {
    this.references = new References(environment);
    this.tokenOutside =
        Optional.ofNullable(environment.get(HttpConfig.TOKEN_VARIABLE)).flatMap(this::token);
  }

  Reading read(Path file) {
    Section root = new Section("", tree(file), problems, references);
    if (!root.isPresent()) {
      return problems.reading(none());
    }
    HttpConfig http = http(root.section("http"));
    LogConfig log = log(root.section("log"));
    List<PipelineConfig> pipelines = new ArrayList<>();
    for (Section section : root.sections("pipelines")) {
      pipelines.add(new PipelineReader(section).read());
    }
    if (!root.has("pipelines") || root.sections("pipelines").isEmpty()) {
      root.fault("pipelines", "nothing", "a list of at least one pipeline");
    }
    unique(pipelines);
    root.finish();
    return problems.reading(new MillraceConfig(pipelines, http, log, List.of()));
  }

  private @Nullable JsonNode tree(Path file) {
    String text;
    try {
      text = Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      problems.add(
          file.toString(),
          Files.exists(file) ? "a file that cannot be read as UTF-8 text" : "no such file",
          "a configuration file");
      return null;
    }
    try {
      JsonNode tree =
          YAMLMapper.builder()
              .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
              .build()
              .readTree(text);
      if (tree.isObject()) {
        return tree;
      }
      problems.add(file.toString(), "no mapping", "a mapping with the key pipelines");
    } catch (JacksonException e) {
      // The parser's own words quote the file, and so perhaps a password.
      TokenStreamLocation at = e.getLocation();
      String where =
          at == null ? "" : " at line %d, column %d".formatted(at.getLineNr(), at.getColumnNr());
      problems.add(
          file.toString(),
          "no YAML" + where,
          "YAML; each key once, and texts with special characters in quotes (inside {…} and […] that"
              + " is ${NAME} too)");
    }
    return null;
  }

  private static MillraceConfig none() {
    return new MillraceConfig(
        List.of(),
        new HttpConfig(HttpConfig.LOOPBACK, HttpConfig.DEFAULT_PORT),
        LogConfig.DEFAULT,
        List.of());
  }

  /** The variable counts beside a file too: a token has little business in a file. */
  private Optional<Secret> token(String variable) {
    if (variable.isBlank()) {
      return Optional.empty();
    }
    Optional<Secret> token = Values.token(variable.strip());
    if (token.isEmpty()) {
      problems.add(HttpConfig.TOKEN_VARIABLE, Problems.NOT_SHOWN, Values.TOKEN);
    }
    return token;
  }

  private HttpConfig http(Section section) {
    HttpConfig http =
        new HttpConfig(
            section
                .text("host", "an address of this machine, such as 127.0.0.1 or 0.0.0.0")
                .orElse(HttpConfig.LOOPBACK),
            section.value("port", Values::port, Values.PORT).orElse(HttpConfig.DEFAULT_PORT),
            section.secret("token", Values::token, Values.TOKEN).or(() -> tokenOutside));
    section.finish();
    return http;
  }

  private static LogConfig log(Section section) {
    LogConfig log =
        new LogConfig(
            Words.of(LogConfig.Format.class).in(section, "format").orElse(LogConfig.Format.TEXT),
            Words.of(LogConfig.Level.class).in(section, "level").orElse(LogConfig.Level.INFO));
    section.finish();
    return log;
  }

  /** Two pipelines may share a server or a file, but neither a name nor a stream. */
  private void unique(List<PipelineConfig> pipelines) {
    Set<String> names = new HashSet<>();
    Set<String> targets = new HashSet<>();
    for (int i = 0; i < pipelines.size(); i++) {
      PipelineConfig pipeline = pipelines.get(i);
      String at = "pipelines[" + i + "].";
      if (!pipeline.name().isEmpty() && !names.add(pipeline.name())) {
        problems.add(at + "name", Section.quoted(pipeline.name()) + " again", "a name of its own");
      }
      if (pipeline.sink() instanceof SinkConfig.JetStream nats
          && !targets.add(target(nats))
          && !nats.servers().isEmpty()) {
        problems.add(
            at + "sink.stream",
            "the stream of another pipeline",
            "a stream of its own: the sequence of a stream is its one writer's");
      }
    }
  }

  private static String target(SinkConfig.JetStream nats) {
    return nats.stream()
        + " "
        + nats.servers().stream()
            .map(Secret::reveal)
            .collect(Collectors.toCollection(TreeSet::new));
  }
}
