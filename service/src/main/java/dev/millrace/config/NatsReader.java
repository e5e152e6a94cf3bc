package dev.millrace.config;

import dev.millrace.config.SinkConfig.Misfits;
import dev.millrace.config.SinkConfig.NatsLogin;
import dev.millrace.config.SinkConfig.NatsTls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads a sink of type {@code nats}. */
final class NatsReader {
  private static final String FILE = "the path of a file that can be read";

  private final Section section;
  private final String pipeline;
  private final boolean deployment;

  /**
   * @param pipeline its name, and the stream's where nothing else is said
   * @param deployment whether several databases are followed
   */
  NatsReader(Section section, String pipeline, boolean deployment) {
    this.section = section;
    this.pipeline = pipeline;
    this.deployment = deployment;
  }

  SinkConfig read() {
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
        SinkReader.json(section),
        section.value("replicas", t -> Values.integer(t, 1, 5), "how many, 1 to 5").orElse(1),
        Words.of(Misfits.class).in(section, "on_misfit").orElse(Misfits.DEAD_LETTER));
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
}
