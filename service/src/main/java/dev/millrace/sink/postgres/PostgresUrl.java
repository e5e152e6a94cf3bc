package dev.millrace.sink.postgres;

import dev.millrace.config.SinkConfig;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Properties;

/**
 * A URL as people write it, for libpq, and as the driver wants it: without user and password.
 *
 * @param jdbc for the driver
 * @param shown for messages: no secret is in it, nor what stands behind the {@code ?}
 */
record PostgresUrl(String jdbc, String shown, Properties properties) {
  static PostgresUrl of(SinkConfig.Postgres config, String pipeline) {
    String url = config.url().reveal();
    String rest = url.substring(url.indexOf("://") + 3);
    int path = rest.indexOf('/');
    String authority = path < 0 ? rest : rest.substring(0, path);
    String tail = path < 0 ? "" : rest.substring(path);
    int at = authority.lastIndexOf('@');
    String hosts = authority.substring(at + 1);
    Properties properties = new Properties();
    if (at >= 0) {
      login(authority.substring(0, at), properties);
    }
    config
        .login()
        .ifPresent(login -> {
          properties.setProperty("user", login.user());
          properties.setProperty("password", login.password().reveal());
        });
    properties.setProperty("ApplicationName", "millrace " + pipeline);
    properties.setProperty("tcpKeepAlive", "true");
    if (hosts.contains(",")) {
      properties.setProperty("targetServerType", "primary");
    }
    int query = tail.indexOf('?');
    return new PostgresUrl(
        "jdbc:postgresql://" + hosts + tail,
        "postgresql://" + hosts + (query < 0 ? tail : tail.substring(0, query)),
        properties);
  }

  private static void login(String text, Properties properties) {
    int colon = text.indexOf(':');
    properties.setProperty("user", decoded(colon < 0 ? text : text.substring(0, colon)));
    if (colon >= 0) {
      properties.setProperty("password", decoded(text.substring(colon + 1)));
    }
  }

  private static String decoded(String text) {
    // A plus is a plus here.
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }
}
