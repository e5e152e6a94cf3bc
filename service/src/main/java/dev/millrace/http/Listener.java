package dev.millrace.http;

import dev.millrace.config.HttpConfig;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;

/**
 * A port that is ours. Taken before anything else begins: whether it is free shows at once, its
 * number is known when the pipeline's term is taken, and who asks early waits in its queue until
 * the server proper is up.
 */
public final class Listener implements AutoCloseable {
  private static final int BACKLOG = 64;

  private final ServerSocketChannel channel;
  private final InetSocketAddress bound;

  private Listener(ServerSocketChannel channel, InetSocketAddress bound) {
    this.channel = channel;
    this.bound = bound;
  }

  /**
   * Takes the port.
   *
   * @throws MillraceException {@code MR-HTTP-PORT} when it is taken or is not ours to take
   */
  public static Listener bind(HttpConfig http) {
    InetSocketAddress wanted = new InetSocketAddress(http.host(), http.port());
    if (wanted.isUnresolved()) {
      throw Failure.fatal(
          "MR-HTTP-PORT", "http.host: there is no address of the name " + http.host());
    }
    try {
      ServerSocketChannel channel = ServerSocketChannel.open();
      try {
        channel.bind(wanted, BACKLOG);
        return new Listener(channel, (InetSocketAddress) channel.getLocalAddress());
      } catch (IOException e) {
        channel.close();
        throw e;
      }
    } catch (BindException e) {
      throw Failure.fatal(
          "MR-HTTP-PORT",
          "HTTP cannot listen on %s:%d (%s): stop what listens there, or choose another port with http.port or HTTP_PORT (0 takes a free one)"
              .formatted(http.host(), http.port(), e.getMessage()),
          e);
    } catch (IOException e) {
      throw Failure.fatal(
          "MR-HTTP-PORT",
          "HTTP cannot listen on %s:%d: %s".formatted(http.host(), http.port(), e.getMessage()),
          e);
    }
  }

  /** Where others reach it, {@code host:port}. */
  public String address() {
    return host(bound.getAddress()) + ":" + bound.getPort();
  }

  /** For a browser on this machine. */
  public String url() {
    InetAddress at = bound.getAddress();
    String host = at.isAnyLocalAddress() ? HttpConfig.LOOPBACK : bracketed(at);
    return "http://" + host + ":" + bound.getPort() + "/";
  }

  ServerSocketChannel channel() {
    return channel;
  }

  private static String host(InetAddress at) {
    if (!at.isAnyLocalAddress()) {
      return bracketed(at);
    }
    try {
      return bracketed(InetAddress.getLocalHost());
    } catch (UnknownHostException e) {
      return HttpConfig.LOOPBACK;
    }
  }

  private static String bracketed(InetAddress address) {
    String text = address.getHostAddress();
    return text.contains(":") ? "[" + text + "]" : text;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw Failure.fatal("MR-HTTP-PORT", "the HTTP port cannot be given back", e);
    }
  }
}
