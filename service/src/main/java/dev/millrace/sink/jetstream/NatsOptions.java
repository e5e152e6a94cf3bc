package dev.millrace.sink.jetstream;

import dev.millrace.config.Secret;
import dev.millrace.config.SinkConfig;
import dev.millrace.config.SinkConfig.NatsLogin;
import dev.millrace.model.Failure;
import io.nats.client.AuthHandler;
import io.nats.client.ErrorListener;
import io.nats.client.NKey;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;

/** How to connect, in the library's terms: logins, TLS, and no reconnecting of its own. */
final class NatsOptions {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration PING_INTERVAL = Duration.ofSeconds(10);
  private static final Pattern USER_INFO = Pattern.compile("//[^@/\\s]*@");

  private NatsOptions() {}

  static Options of(SinkConfig.JetStream config, String name, ErrorListener listener) {
    Options.Builder builder =
        new Options.Builder()
            .noRandomize()
            .ignoreDiscoveredServers()
            .connectionName(name)
            .connectionTimeout(CONNECT_TIMEOUT)
            // A reconnect may reorder what was in flight; starting again from the stream does not.
            .noReconnect()
            .reconnectBufferSize(0)
            .pingInterval(PING_INTERVAL)
            // Subjects are made of encoded tokens.
            .subjectValidationType(Options.SubjectValidationType.None)
            .errorListener(listener);
    logIn(builder, config.login());
    if (config.tls().isPresent() || isTls(config.servers())) {
      builder.sslContext(context(config));
    }
    try {
      return builder
          .servers(config.servers().stream().map(Secret::reveal).toArray(String[]::new))
          .build();
    } catch (IllegalArgumentException | IllegalStateException e) {
      // The cause may quote the URL with its password.
      throw Failure.fatal(
          "MR-NATS-URL",
          "not a NATS address: %s; write nats://host:4222 or tls://host:4222"
              .formatted(where(config)));
    }
  }

  private static SSLContext context(SinkConfig.JetStream config) {
    try {
      return PemContext.of(config.tls());
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      throw Failure.fatal(
          "MR-NATS-TLS",
          "the TLS files for NATS cannot be used: %s. Give PEM files, the key in PKCS#8 (`openssl pkcs8 -topk8 -nocrypt`)"
              .formatted(e.getMessage()),
          e);
    }
  }

  /** The servers as they may be shown: without user and password. */
  static String where(SinkConfig.JetStream config) {
    return config.servers().stream()
        .map(server -> redact(server.reveal()))
        .collect(Collectors.joining(", "));
  }

  static String redact(String text) {
    return USER_INFO.matcher(text).replaceAll("//");
  }

  private static boolean isTls(List<Secret> servers) {
    return servers.stream().anyMatch(server -> server.reveal().startsWith("tls://"));
  }

  private static void logIn(Options.Builder builder, NatsLogin login) {
    switch (login) {
      case NatsLogin.None none -> {}
      case NatsLogin.UserPassword it ->
          builder.userInfo(it.user().toCharArray(), it.password().reveal().toCharArray());
      case NatsLogin.Token it -> builder.token(it.token().reveal().toCharArray());
      case NatsLogin.Credentials it -> builder.authHandler(Nats.staticCredentials(read(it.file())));
      case NatsLogin.NKey it -> builder.authHandler(nkey(it.seedFile()));
    }
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw Failure.fatal(
          "MR-NATS-CREDENTIALS",
          "the NATS credentials file %s cannot be read: name a readable one".formatted(file),
          e);
    }
  }

  /** The seed is the file's one line that begins with an S; others are comments or armour. */
  private static AuthHandler nkey(Path file) {
    Optional<String> seed =
        new String(read(file), StandardCharsets.UTF_8)
            .lines()
            .map(String::strip)
            .filter(line -> line.startsWith("S"))
            .findFirst();
    NKey key;
    try {
      key = NKey.fromSeed(seed.orElse("").toCharArray());
    } catch (RuntimeException e) {
      throw Failure.fatal(
          "MR-NATS-CREDENTIALS",
          "%s holds no NKey seed: it should be a line that begins with SU".formatted(file));
    }
    return new SeedLogin(key);
  }

  private record SeedLogin(NKey key) implements AuthHandler {
    @Override
    public byte[] sign(byte[] nonce) {
      try {
        return key.sign(nonce);
      } catch (GeneralSecurityException | IOException e) {
        throw new IllegalStateException("signing failed", e);
      }
    }

    @Override
    public char[] getID() {
      try {
        return key.getPublicKey();
      } catch (GeneralSecurityException | IOException e) {
        throw new IllegalStateException("no public key", e);
      }
    }

    @Override
    @SuppressWarnings("NullAway") // the library's word for "none"
    public char[] getJWT() {
      return null;
    }

    @Override
    public String toString() {
      return "SeedLogin";
    }
  }
}
