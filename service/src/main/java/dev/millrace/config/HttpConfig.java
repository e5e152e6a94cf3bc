package dev.millrace.config;

import java.util.Optional;

/**
 * Where HTTP listens, and who may change things over it.
 *
 * @param host an address of this machine; {@code 0.0.0.0} is all of them
 * @param port 0 takes a free one
 * @param token whoever shows it may; without one nobody may
 */
public record HttpConfig(String host, int port, Optional<Secret> token) {
  public static final String LOOPBACK = "127.0.0.1";
  public static final String ALL_INTERFACES = "0.0.0.0";
  public static final int DEFAULT_PORT = 3000;

  static final String TOKEN_VARIABLE = "HTTP_TOKEN";

  /** For reading alone. */
  public HttpConfig(String host, int port) {
    this(host, port, Optional.empty());
  }
}
