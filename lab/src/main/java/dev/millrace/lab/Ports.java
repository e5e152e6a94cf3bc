package dev.millrace.lab;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ThreadLocalRandom;

/** Loopback ports for servers. */
public final class Ports {
  // Below Linux's ephemeral range (32768 and up). A port from within it may be taken as the local
  // end of some outgoing connection while its server is down, and a client that keeps dialling it
  // may even connect to itself.
  private static final int LOWEST = 18_000;
  private static final int HIGHEST = 32_000;
  private static final int TRIES = 200;
  private static final int CONNECT_MILLIS = 1_000;

  private Ports() {}

  /** A port nobody listens on now; somebody else may take it before the server does. */
  public static int free() {
    for (int i = 0; i < TRIES; i++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (IOException e) {
        // Taken: the next one.
      }
    }
    throw new ServerUnavailable(ServerUnavailable.NOT_STARTED, "No free port found.");
  }

  /** Whether somebody accepts connections on that loopback port. */
  static boolean accepts(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
