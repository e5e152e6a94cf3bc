package dev.millrace.lab;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A loopback port in front of a server, for faults of the link between them: {@link #cut} and
 * {@link #stall}, ended by {@link #heal}. Thread-safe.
 */
public final class TcpProxy implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 * 1024;
  private static final long ACCEPT_DEADLINE_MILLIS = 5_000;
  private static final int CONNECT_MILLIS = 5_000;
  private static final Duration BIND_DEADLINE = Duration.ofSeconds(30);

  private enum Link {
    OPEN,
    STALLED,
    CUT
  }

  private final String host;
  private final int targetPort;
  private final int port;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Object gate = new Object();
  private volatile Link link = Link.CUT;
  private @Nullable ServerSocket listener;
  private @Nullable Thread acceptor;

  private TcpProxy(String host, int targetPort) {
    this.host = host;
    this.targetPort = targetPort;
    this.port = Ports.free();
  }

  /** A proxy in front of that server, which need not run yet. */
  public static TcpProxy to(String host, int port) {
    TcpProxy proxy = new TcpProxy(host, port);
    proxy.heal();
    return proxy;
  }

  /** The loopback port to connect to, the same for all its life. */
  public int port() {
    return port;
  }

  /** {@code 127.0.0.1:port}. */
  public String address() {
    return "127.0.0.1:" + port;
  }

  /** Closes all connections, and refuses new ones. */
  public void cut() {
    synchronized (gate) {
      become(Link.CUT);
      stopListening();
      sockets.forEach(TcpProxy::closeQuietly);
    }
  }

  /** Forwards nothing any more; connections stay open, and new ones are accepted. */
  public void stall() {
    synchronized (gate) {
      if (link == Link.CUT) {
        throw new IllegalStateException("The link is cut");
      }
      become(Link.STALLED);
    }
  }

  /** Ends a cut or a stall. What was held back by a stall goes through now. */
  public void heal() {
    synchronized (gate) {
      if (listener == null) {
        Poll.until(
            BIND_DEADLINE,
            this::bind,
            () -> new IllegalStateException("Port " + port + " is taken"));
      }
      become(Link.OPEN);
    }
  }

  /** The port goes on taking connections until the thread that waits on it has left. */
  private void stopListening() {
    closeQuietly(listener);
    listener = null;
    Thread leaving = acceptor;
    if (leaving != null) {
      try {
        leaving.join(ACCEPT_DEADLINE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void become(Link next) {
    link = next;
    gate.notifyAll();
  }

  private boolean bind() {
    try {
      ServerSocket socket = new ServerSocket();
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      listener = socket;
      acceptor = Thread.ofPlatform().daemon().name("proxy-" + port).start(() -> acceptAll(socket));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private void acceptAll(ServerSocket socket) {
    while (!socket.isClosed()) {
      try {
        Socket client = socket.accept();
        Thread.ofVirtual().start(() -> connect(client));
      } catch (IOException e) {
        // Closed by cut: the loop ends. Anything else concerns one client only.
      }
    }
  }

  private void connect(Socket client) {
    Socket server = new Socket();
    sockets.add(client);
    sockets.add(server);
    try {
      server.connect(new InetSocketAddress(host, targetPort), CONNECT_MILLIS);
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      // A cut may have come between accepting and adding to the set.
      if (link == Link.CUT) {
        throw new IOException("cut");
      }
      Thread back = Thread.ofVirtual().start(() -> pump(server, client));
      pump(client, server);
      back.join();
    } catch (IOException e) {
      // The server is not there: the client sees its connection close, as with any relay.
      closeQuietly(client);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      closeQuietly(client);
      closeQuietly(server);
      sockets.remove(client);
      sockets.remove(server);
    }
  }

  private void pump(Socket from, Socket to) {
    byte[] buffer = new byte[BUFFER_BYTES];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        awaitOpen();
        out.write(buffer, 0, count);
      }
    } catch (IOException e) {
      // One side closed or the link was cut: so is the other side, below.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    closeQuietly(from);
    closeQuietly(to);
  }

  private void awaitOpen() throws IOException, InterruptedException {
    if (link == Link.OPEN) {
      return;
    }
    synchronized (gate) {
      while (link == Link.STALLED) {
        gate.wait();
      }
      if (link == Link.CUT) {
        throw new IOException("cut");
      }
    }
  }

  private static void closeQuietly(@Nullable Closeable closeable) {
    try {
      if (closeable != null) {
        closeable.close();
      }
    } catch (IOException e) {
      // Closed or broken: it is of no use any more either way.
    }
  }

  @Override
  public void close() {
    cut();
  }
}
