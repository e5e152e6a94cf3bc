package dev.millrace.config;

import dev.millrace.config.SinkConfig.DatabaseLogin;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The address of a CrateDB node as people write it: {@code http://user:password@host:4200}, the
 * same with {@code https}, or as SQLAlchemy has it, {@code crate://host:4200?ssl=true&schema=doc},
 * where {@code crate://} alone is this machine.
 *
 * @param node without login and parameters
 */
record CrateUrl(URI node, Optional<DatabaseLogin> login, Optional<String> schema) {
  static final String EXPECTED = "http://host:4200, https://host:4200 or crate://host:4200";

  /** SQLAlchemy's without a host, which stands for this machine. */
  private static final Pattern HOSTLESS = Pattern.compile("crate://([^/?#@]*@)?(?=[/?]|$)");

  private static final int USUAL_PORT = 4200;

  /** Empty where it is no such address. */
  static Optional<CrateUrl> parse(String text) {
    try {
      URI uri = new URI(HOSTLESS.matcher(text).replaceFirst("crate://$1localhost"));
      boolean sound =
          uri.getHost() != null
              && (uri.getRawPath().isEmpty() || uri.getRawPath().equals("/"))
              && uri.getRawFragment() == null;
      Optional<String> scheme = scheme(uri);
      if (!sound || scheme.isEmpty()) {
        return Optional.empty();
      }
      int port = uri.getPort() < 0 ? USUAL_PORT : uri.getPort();
      URI node = new URI(scheme.get(), null, uri.getHost(), port, "/", null, null);
      return Optional.of(new CrateUrl(node, login(uri.getRawUserInfo()), parameter(uri, "schema")));
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> scheme(URI uri) {
    return switch (uri.getScheme() == null ? "" : uri.getScheme()) {
      case "http", "https" -> Optional.of(uri.getScheme());
      case "crate" ->
          Optional.of(
              parameter(uri, "ssl").filter("true"::equalsIgnoreCase).isPresent()
                  ? "https"
                  : "http");
      default -> Optional.empty();
    };
  }

  private static Optional<String> parameter(URI uri, String name) {
    if (uri.getRawQuery() == null) {
      return Optional.empty();
    }
    for (String pair : uri.getRawQuery().split("&", -1)) {
      if (pair.startsWith(name + "=")) {
        return Optional.of(decoded(pair.substring(name.length() + 1))).filter(t -> !t.isBlank());
      }
    }
    return Optional.empty();
  }

  private static Optional<DatabaseLogin> login(@Nullable String userInfo) {
    if (userInfo == null) {
      return Optional.empty();
    }
    int colon = userInfo.indexOf(':');
    String user = decoded(colon < 0 ? userInfo : userInfo.substring(0, colon));
    String password = colon < 0 ? "" : decoded(userInfo.substring(colon + 1));
    return Optional.of(new DatabaseLogin(user, new Secret(password)));
  }

  private static String decoded(String text) {
    // A plus is a plus here.
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }
}
