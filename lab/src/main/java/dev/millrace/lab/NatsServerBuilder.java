package dev.millrace.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What {@link NatsServer} to start: JetStream, no login, no TLS unless told otherwise. */
public final class NatsServerBuilder {
  private @Nullable Path binary;
  private final StringBuilder settings = new StringBuilder();
  private String jetStream = "";
  private String authorization = "";
  private String userInfo = "";
  private boolean tls;

  NatsServerBuilder() {}

  /** The nats-server to run; by default what {@link Binaries} finds. */
  public NatsServerBuilder binary(Path natsServer) {
    binary = natsServer;
    return this;
  }

  /** The largest message, in bytes; the server's own default is 1 MB. */
  public NatsServerBuilder maxPayload(int bytes) {
    settings.append("max_payload: ").append(bytes).append('\n');
    return this;
  }

  /** How many bytes all streams together may hold; by default most of the free disk. */
  public NatsServerBuilder maxFileStore(long bytes) {
    jetStream = "max_file_store: " + bytes;
    return this;
  }

  /** Demands this login; {@link NatsServer#url} carries it. Plain letters and digits only. */
  public NatsServerBuilder user(String user, String password) {
    authorization = "user: %s, password: %s".formatted(quote(user), quote(password));
    userInfo = user + ":" + password + "@";
    return this;
  }

  /** Demands this token; {@link NatsServer#url} carries it. Plain letters and digits only. */
  public NatsServerBuilder token(String token) {
    authorization = "token: " + quote(token);
    userInfo = token + "@";
    return this;
  }

  /** Admits only the holder of the seed of this public user nkey ({@code U…}). */
  public NatsServerBuilder nkey(String publicKey) {
    authorization = "users: [{nkey: " + quote(publicKey) + "}]";
    userInfo = "";
    return this;
  }

  /**
   * Speaks TLS with this certificate and key, both PEM; {@link NatsServer#url} says {@code tls}.
   */
  public NatsServerBuilder tls(Path certificate, Path key) {
    settings.append(
        "tls { cert_file: %s, key_file: %s }\n"
            .formatted(quote(certificate.toAbsolutePath()), quote(key.toAbsolutePath())));
    tls = true;
    return this;
  }

  /** Any other lines of the server's configuration file. */
  public NatsServerBuilder settings(String lines) {
    settings.append(lines).append('\n');
    return this;
  }

  /**
   * Starts the server and waits until it greets.
   *
   * @throws ServerUnavailable when it is not found or does not get ready; nothing is left over
   */
  public NatsServer start() {
    Path natsServer = binary != null ? binary : Binaries.system().natsServer();
    Version version = Binaries.version(natsServer);
    try {
      Path folder = ServerProcess.scratchFolder("millrace-nats-");
      String lines =
          """
          listen: "127.0.0.1:%%d"
          jetstream { store_dir: %s, %s }
          log_file: %s
          """
              .formatted(
                  quote(folder.resolve("store")), jetStream, quote(folder.resolve("nats.log")));
      String login = authorization.isEmpty() ? "" : "authorization { " + authorization + " }\n";
      NatsServer server =
          new NatsServer(
              natsServer,
              version,
              folder,
              lines + login + settings,
              (tls ? "tls://" : "nats://") + userInfo);
      try {
        server.startAnywhere();
      } catch (IOException | RuntimeException e) {
        server.close();
        throw e;
      }
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String quote(Object value) {
    return '"' + value.toString().replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
