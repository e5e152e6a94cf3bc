package dev.millrace.config;

import com.mongodb.ConnectionString;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A MongoDB connection string, judged without talking to anybody. What the driver says about a
 * string it cannot read may quote a part of the password, so that none of it is passed on.
 */
final class MongoUri {
  static final String EXPECTED = "mongodb://host:27017/database or mongodb+srv://host/database";
  private static final String PLAIN = "mongodb://";
  private static final String SRV = "mongodb+srv://";

  private static final Pattern HOSTS = Pattern.compile("[^/?@]+");

  private MongoUri() {}

  /** What is wrong with it, in words that hold nothing of it; empty when nothing is. */
  static Optional<String> fault(String uri) {
    if (uri.startsWith(SRV)) {
      // The driver would ask the name server at once: that is for later, and may fail for a while.
      return uri.length() > SRV.length() ? Optional.empty() : Optional.of("no host in it");
    }
    if (!uri.startsWith(PLAIN)) {
      return Optional.of("a text that does not begin with mongodb:// or mongodb+srv://");
    }
    try {
      new ConnectionString(uri);
      return Optional.empty();
    } catch (RuntimeException e) {
      return Optional.of(
          "a connection string that the driver cannot read (are special characters in user and"
              + " password percent-encoded?)");
    }
  }

  /** Its hosts, for people; nothing else of it. Of one without a {@link #fault}. */
  static String hosts(String uri) {
    String behind = uri.substring(uri.indexOf("://") + "://".length());
    int login = behind.indexOf('@') + 1;
    Matcher hosts = HOSTS.matcher(behind).region(login, behind.length());
    // A second one may stand in a password that is not encoded as it should be.
    return hosts.lookingAt() && behind.indexOf('@', login) < 0 ? hosts.group() : "hosts not shown";
  }

  /** The database in its path. */
  static Optional<String> database(String uri) {
    int scheme = uri.indexOf("://");
    int question = uri.indexOf('?');
    String before = question < 0 ? uri : uri.substring(0, question);
    int at = before.lastIndexOf('@');
    int slash = before.indexOf('/', Math.max(scheme + 3, at + 1));
    if (slash < 0 || slash + 1 == before.length()) {
      return Optional.empty();
    }
    String path =
        URLDecoder.decode(before.substring(slash + 1).replace("+", "%2B"), StandardCharsets.UTF_8);
    int dot = path.indexOf('.');
    String database = dot < 0 ? path : path.substring(0, dot);
    return database.isBlank() ? Optional.empty() : Optional.of(database);
  }
}
