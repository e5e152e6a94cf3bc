package dev.millrace.config;

import dev.millrace.json.JsonMode;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Reads the sink of one pipeline. */
final class SinkReader {
  /** What a sink can be, with its keys: one in the wrong place is told from one misspelt. */
  private enum Type {
    NATS(
        "url",
        "urls",
        "stream",
        "user",
        "password",
        "token",
        "credentials_file",
        "nkey_file",
        "tls",
        "json",
        "replicas",
        "on_misfit"),
    CRATE(
        "url",
        "urls",
        "user",
        "password",
        "schema",
        "json",
        "table",
        "on_drop",
        "soft_deletes",
        "object",
        "on_misfit",
        "on_foreign_table"),
    POSTGRES(
        "url",
        "user",
        "password",
        "schema",
        "json",
        "table",
        "on_drop",
        "soft_deletes",
        "on_misfit"),
    SQLITE("file", "json", "table", "on_drop", "soft_deletes", "on_misfit"),
    STDOUT("json");

    @SuppressWarnings("ImmutableEnumChecker") // List.of has no way to change it
    private final List<String> keys;

    Type(String... keys) {
      this.keys = List.of(keys);
    }

    static List<String> allKeys() {
      return Arrays.stream(values()).flatMap(type -> type.keys.stream()).distinct().toList();
    }
  }

  private final Section section;
  private final String pipeline;
  private final boolean deployment;

  SinkReader(Section section, String pipeline, boolean deployment) {
    this.section = section;
    this.pipeline = pipeline;
    this.deployment = deployment;
  }

  /** {@code one of nats, …}. */
  static String types() {
    return Words.of(Type.class).expected();
  }

  SinkConfig read() {
    Optional<Type> type =
        section.isPresent()
            ? section.required("type", Words.of(Type.class)::named, types())
            : Optional.empty();
    if (type.isEmpty()) {
      return new SinkConfig.Stdout(JsonMode.RELAXED);
    }
    SinkConfig sink =
        switch (type.get()) {
          case NATS -> new NatsReader(section, pipeline, deployment).read();
          case CRATE -> new CrateReader(section).read();
          case POSTGRES -> new TablesReader(section).postgres();
          case SQLITE -> new TablesReader(section).sqlite();
          case STDOUT -> new SinkConfig.Stdout(json(section));
        };
    section.finish(Type.allKeys());
    return sink;
  }

  static JsonMode json(Section section) {
    return Words.of(JsonMode.class).in(section, "json").orElse(JsonMode.RELAXED);
  }
}
