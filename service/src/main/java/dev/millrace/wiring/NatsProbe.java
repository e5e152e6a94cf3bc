package dev.millrace.wiring;

import dev.millrace.config.Secret;
import dev.millrace.http.Probe;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Asks whether any of a cluster's servers greets: a nats-server speaks first, with {@code INFO}. A
 * server that is stopped, not gone, still has its connections accepted by the system, and says
 * nothing.
 */
final class NatsProbe implements Probe {
  private static final byte[] GREETING = "INFO".getBytes(StandardCharsets.US_ASCII);
  private static final int DEFAULT_PORT = 4222;

  private final List<Secret> servers;

  NatsProbe(List<Secret> servers) {
    this.servers = List.copyOf(servers);
  }

  @Override
  public boolean answers() {
    return servers.stream().anyMatch(server -> greets(server.reveal()));
  }

  private static boolean greets(String server) {
    URI uri = URI.create(server.contains("://") ? server : "nats://" + server);
    int port = uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort();
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(uri.getHost(), port), TIMEOUT_MILLIS);
      if (uri.getScheme().startsWith("ws")) {
        return true; // speaks HTTP, and only when spoken to
      }
      socket.setSoTimeout(TIMEOUT_MILLIS);
      InputStream in = socket.getInputStream();
      for (byte expected : GREETING) {
        if (in.read() != expected) {
          return false;
        }
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
