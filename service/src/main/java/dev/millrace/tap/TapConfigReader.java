package dev.millrace.tap;

import com.mongodb.ConnectionString;
import dev.millrace.config.ConfigProblem;
import dev.millrace.config.Secret;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/** Reads the settings of tap-mongodb, and ours; every fault in them at once. */
public final class TapConfigReader {
  /** Ours, and what other taps call it. */
  static final List<String> URIS =
      List.of("connection_string", "connection_uri", "mongodb_connection_string");

  private static final Set<String> KNOWN =
      Set.of(
          "connection_string",
          "connection_uri",
          "mongodb_connection_string",
          "host",
          "port",
          "user",
          "password",
          "database",
          "auth_database",
          "replica_set",
          "ssl",
          "verify_mode",
          "include_schemas_in_destination_stream_name");

  private static final String HOST = "the name of a MongoDB server, or connection_string";

  private final JsonNode settings;
  private final List<ConfigProblem> problems = new ArrayList<>();

  public TapConfigReader(JsonNode settings) {
    this.settings = settings;
  }

  /** All faults; empty when {@link #read} will do. */
  public List<ConfigProblem> faults() {
    read();
    return problems;
  }

  /** What is in it that no setting is called; orchestrators add some of their own. */
  public Set<String> unknown() {
    Set<String> unknown = new TreeSet<>(settings.propertyNames());
    unknown.removeAll(KNOWN);
    return unknown;
  }

  /** Of settings without {@link #faults}. */
  public TapConfig read() {
    problems.clear();
    boolean inNames = truth("include_schemas_in_destination_stream_name", false);
    for (String key : URIS) {
      Optional<String> uri = text(key);
      if (uri.isPresent()) {
        return new TapConfig(new Secret(judged(key, uri.get())), text("database"), inNames);
      }
    }
    String host = text("host").orElse("");
    if (host.isEmpty() || host.matches(".*[/@?\\s].*")) {
      problems.add(
          new ConfigProblem("host", host.isEmpty() ? "nothing" : "\"" + host + "\"", HOST));
    }
    Optional<String> login = text("auth_database").or(() -> text("database"));
    StringBuilder uri = new StringBuilder("mongodb://");
    Optional<String> user = text("user");
    user.ifPresent(name -> uri.append(encoded(name)).append(':').append(password()).append('@'));
    uri.append(host.isEmpty() ? "localhost" : host).append(':').append(port()).append("/?");
    user.ifPresent(
        any -> uri.append("authSource=").append(encoded(login.orElse("admin"))).append('&'));
    text("replica_set")
        .ifPresent(set -> uri.append("replicaSet=").append(encoded(set)).append('&'));
    boolean verifies = truth("verify_mode", true);
    if (truth("ssl", false)) {
      uri.append("tls=true").append(verifies ? "" : "&tlsInsecure=true");
    }
    return new TapConfig(new Secret(uri.toString().replaceFirst("[?&]$", "")), login, inNames);
  }

  private String judged(String key, String uri) {
    try {
      if (!uri.startsWith("mongodb+srv://")) {
        new ConnectionString(uri);
      }
    } catch (IllegalArgumentException e) {
      // What the driver says may quote a part of the password.
      problems.add(
          new ConfigProblem(
              key,
              "a text that the driver cannot read (are special characters in user and password percent-encoded?)",
              "mongodb://user:password@host:27017/?replicaSet=rs0"));
    }
    return uri;
  }

  private String password() {
    Optional<String> password = text("password");
    if (password.isEmpty()) {
      problems.add(new ConfigProblem("password", "nothing", "the password of the user"));
    }
    return encoded(password.orElse(""));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private int port() {
    String port = text("port").orElse("27017");
    boolean sound =
        port.matches("\\d{1,5}") && Integer.parseInt(port) >= 1 && Integer.parseInt(port) <= 65_535;
    if (!sound) {
      problems.add(new ConfigProblem("port", "\"" + port + "\"", "a number from 1 to 65535"));
    }
    return sound ? Integer.parseInt(port) : 27_017;
  }

  private boolean truth(String key, boolean usual) {
    String text = text(key).orElse(Boolean.toString(usual)).toLowerCase(Locale.ROOT);
    if (!text.equals("true") && !text.equals("false")) {
      problems.add(new ConfigProblem(key, "\"" + text + "\"", "true or false"));
    }
    return text.equals("true");
  }

  /** A text, number or truth value as text; empty where there is nothing, or an empty text. */
  private Optional<String> text(String key) {
    JsonNode value = settings.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return Optional.empty();
    }
    if (value.isContainer()) {
      problems.add(new ConfigProblem(key, "a list or an object", "a text"));
      return Optional.empty();
    }
    return Optional.of(value.asString()).filter(text -> !text.isBlank());
  }
}
