package dev.millrace.config;

/**
 * Where HTTP listens.
 *
 * @param host an address of this machine; {@code 0.0.0.0} is all of them
 * @param port 0 takes a free one
 */
public record HttpConfig(String host, int port) {
  public static final String LOOPBACK = "127.0.0.1";
  public static final String ALL_INTERFACES = "0.0.0.0";
  public static final int DEFAULT_PORT = 3000;
}
