package dev.millrace.sink.postgres;

import dev.millrace.lab.PostgresServer;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a PostgreSQL server that can be cut at any step of its conversation. A step is
 * what the client sends up to where it waits for an answer, and that answer, so that at a cut
 * nothing is half said and the server is at rest.
 */
final class CutLink implements AutoCloseable {
  /** Types of messages behind which the other side has its turn: Query and Sync, ReadyForQuery. */
  private static final String CLIENT_WAITS = "QS";

  private static final String SERVER_WAITS = "Z";

  private final ServerSocket listener;
  private final Socket server;
  private @Nullable Socket client;
  private @Nullable Cut cut;
  private int requests;
  private int answers;
  private boolean done;

  /** On which side of the server's work. */
  enum Side {
    /** The server is never asked. */
    BEFORE_REQUEST,
    /** The server did it, and nobody is told. */
    BEFORE_ANSWER
  }

  private record Cut(int step, Side side) {}

  private CutLink(ServerSocket listener, Socket server) {
    this.listener = listener;
    this.server = server;
  }

  static CutLink to(PostgresServer server) throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    CutLink link =
        new CutLink(new ServerSocket(0, 1, loopback), new Socket(loopback, server.port()));
    Thread.ofVirtual().start(link::serve);
    return link;
  }

  /** Where the server is reached through it, by whoever is first. */
  String uri() {
    // Before TLS and Kerberos are agreed on, messages have no type.
    return "postgresql://postgres@127.0.0.1:%d/postgres?sslmode=disable&gssEncMode=disable"
        .formatted(listener.getLocalPort());
  }

  /**
   * Cuts it at a step from now on; nothing may be under way.
   *
   * @param step the first is 1
   */
  synchronized void cutAt(int step, Side side) {
    requests = 0;
    answers = 0;
    cut = new Cut(step, side);
  }

  /** Whether it came to that. */
  synchronized boolean isCut() {
    return done;
  }

  private void serve() {
    try (Socket accepted = listener.accept()) {
      synchronized (this) {
        client = accepted;
      }
      Thread back = Thread.ofVirtual().start(() -> pass(server, accepted, SERVER_WAITS));
      // Its first message has no type.
      DataInputStream in = new DataInputStream(accepted.getInputStream());
      DataOutputStream out = new DataOutputStream(server.getOutputStream());
      int length = in.readInt();
      out.writeInt(length);
      out.write(in.readNBytes(length - 4));
      pass(accepted, server, CLIENT_WAITS);
      back.join();
    } catch (IOException e) {
      // Nobody came, or it was cut.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      closeBoth();
    }
  }

  /** Passes messages on, those up to one of these types at once, unless it is to be cut there. */
  private void pass(Socket from, Socket to, String last) {
    try {
      InputStream read = new BufferedInputStream(from.getInputStream());
      OutputStream write = new BufferedOutputStream(to.getOutputStream(), 1 << 16);
      DataInputStream in = new DataInputStream(read);
      ByteArrayOutputStream held = new ByteArrayOutputStream();
      DataOutputStream out = new DataOutputStream(held);
      for (int next = read.read(); next >= 0; next = read.read()) {
        int length = in.readInt();
        out.writeByte(next);
        out.writeInt(length);
        out.write(in.readNBytes(length - 4));
        if (last.indexOf(next) >= 0) {
          if (isDue(last.equals(CLIENT_WAITS))) {
            break;
          }
          held.writeTo(write);
          write.flush();
          held.reset();
        }
      }
    } catch (IOException e) {
      // One side is gone: so is the other, below.
    }
    closeBoth();
  }

  private synchronized boolean isDue(boolean request) {
    int step = request ? ++requests : ++answers;
    done |=
        cut != null
            && cut.step() == step
            && cut.side() == (request ? Side.BEFORE_REQUEST : Side.BEFORE_ANSWER);
    return done;
  }

  private synchronized void closeBoth() {
    closeQuietly(server);
    if (client != null) {
      closeQuietly(client);
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // Closed or broken: it is of no use any more either way.
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    closeBoth();
  }
}
