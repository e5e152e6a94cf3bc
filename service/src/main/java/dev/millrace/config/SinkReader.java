package dev.millrace.config;

import dev.millrace.config.SinkConfig.NatsLogin;
import dev.millrace.config.SinkConfig.NatsTls;
import dev.millrace.json.JsonMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads the sink of one pipeline. */
final class SinkReader {
  static final String TYPES = "one of nats, sqlite, stdout";
  private static final String FILE = "the path of a file that can be read";

  /** Every key of every type: one that is in the wrong place is told from one that is misspelt. */
  private static final Set<String> ALL_KEYS =
      Set.of(
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
          "file",
          "on_drop",
          "soft_deletes");

  private final Section section;
  private final String pipeline;
  private final boolean deployment;

  SinkReader(Section section, String pipeline, boolean deployment) {
    this.section = section;
    this.pipeline = pipeline;
    this.deployment = deployment;
  }

  SinkConfig read() {
    if (!section.isPresent()) {
      return new SinkConfig.Stdout(JsonMode.RELAXED);
    }
    Optional<String> type =
        section.required(
            "type",
            t -> Optional.of(t).filter(Set.of("nats", "sqlite", "stdout")::contains),
            TYPES);
    if (type.isEmpty()) {
      return new SinkConfig.Stdout(JsonMode.RELAXED);
    }
    SinkConfig sink =
        switch (type.get()) {
          case "nats" -> jetStream();
          case "sqlite" -> sqlite();
          default -> new SinkConfig.Stdout(json());
        };
    section.finish(ALL_KEYS);
    return sink;
  }

  private SinkConfig jetStream() {
    List<Secret> servers = new ArrayList<>();
    if (section.has("url") && section.has("urls")) {
      section.fault("urls", "url as well", "one of the two");
    }
    servers.addAll(section.list("url", true, Values::natsServer, Values.SERVER));
    servers.addAll(section.list("urls", true, Values::natsServer, Values.SERVER));
    if (!section.has("url") && !section.has("urls")) {
      servers.add(new Secret(VariablesReader.DEFAULT_SERVER));
    }
    return new SinkConfig.JetStream(
        servers,
        section.value("stream", Values::streamName, Values.STREAM).orElse(pipeline),
        login(),
        tls(),
        deployment,
        json(),
        section.value("replicas", t -> Values.integer(t, 1, 5), "how many, 1 to 5").orElse(1));
  }

  private NatsLogin login() {
    List<String> ways = new ArrayList<>();
    for (String way : List.of("user", "token", "credentials_file", "nkey_file")) {
      if (section.has(way)) {
        ways.add(way);
      }
    }
    if (ways.size() > 1) {
      section.fault(
          ways.get(1),
          "several ways to log in: " + String.join(", ", ways),
          "one of user and password, token, credentials_file, nkey_file");
    }
    if (section.has("user") != section.has("password")) {
      section.fault(
          section.has("user") ? "password" : "user", "nothing", "both of user and password");
    }
    Optional<String> user = section.text("user", "a name");
    Optional<Secret> password = secret("password");
    Optional<Secret> token = secret("token");
    Optional<Path> credentials = file(section, "credentials_file");
    Optional<Path> seed = file(section, "nkey_file");
    if (user.isPresent() && password.isPresent()) {
      return new NatsLogin.UserPassword(user.get(), password.get());
    }
    return token
        .<NatsLogin>map(NatsLogin.Token::new)
        .or(() -> credentials.map(NatsLogin.Credentials::new))
        .or(() -> seed.map(NatsLogin.NKey::new))
        .orElse(new NatsLogin.None());
  }

  private Optional<Secret> secret(String key) {
    return section.secret(
        key, t -> Optional.of(t).filter(x -> !x.isEmpty()).map(Secret::new), "a text");
  }

  private Optional<NatsTls> tls() {
    Section tls = section.section("tls");
    if (!tls.isPresent()) {
      return Optional.empty();
    }
    if (tls.has("certificate") != tls.has("key")) {
      tls.fault(tls.has("key") ? "certificate" : "key", "nothing", "both of certificate and key");
    }
    NatsTls read = new NatsTls(file(tls, "ca"), file(tls, "certificate"), file(tls, "key"));
    tls.finish();
    return Optional.of(read);
  }

  private static Optional<Path> file(Section section, String key) {
    return section.value(key, text -> Optional.of(Path.of(text)).filter(Files::isReadable), FILE);
  }

  private SinkConfig sqlite() {
    Optional<Path> file =
        section.required(
            "file", t -> Optional.of(t).filter(x -> !x.isBlank()).map(Path::of), "a path");
    Optional<Boolean> keep =
        section.value(
            "on_drop",
            t ->
                switch (t) {
                  case "apply" -> Optional.of(false);
                  case "keep" -> Optional.of(true);
                  default -> Optional.empty();
                },
            "apply (rows go with their collection) or keep");
    Optional<Boolean> softDeletes =
        section.value(
            "soft_deletes",
            Values::truth,
            "true (rows of deleted documents stay, marked) or false");
    return new SinkConfig.Sqlite(
        file.orElse(Path.of("")), json(), keep.orElse(false), softDeletes.orElse(false));
  }

  private JsonMode json() {
    return Words.of(JsonMode.class).in(section, "json").orElse(JsonMode.RELAXED);
  }
}
