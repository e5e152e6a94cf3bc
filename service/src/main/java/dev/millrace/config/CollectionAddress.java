package dev.millrace.config;

import com.mongodb.MongoNamespace;
import dev.millrace.model.Namespace;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One collection of one MongoDB, as environment variables of their own name it. */
public record CollectionAddress(Secret url, Namespace namespace) {
  public static final String URL = "MONGODB_URL";
  public static final String DATABASE = "MONGODB_DATABASE";
  public static final String COLLECTION = "MONGODB_COLLECTION";
  public static final String DEFAULT_DATABASE = "testdrive";
  public static final String DEFAULT_COLLECTION = "data";
  private static final String EXAMPLE =
      "a connection string such as mongodb://localhost:27017/?replicaSet=rs0";

  /**
   * Reads it.
   *
   * @return all faults; none where {@link #of} can be called
   */
  public static List<ConfigProblem> faults(Map<String, String> variables) {
    Problems problems = new Problems();
    Optional<String> url = text(variables, URL);
    if (url.isEmpty()) {
      problems.add(URL, "nothing", EXAMPLE);
    } else {
      MongoUri.fault(url.get()).ifPresent(fault -> problems.add(URL, fault, EXAMPLE));
    }
    Namespace namespace = namespace(variables);
    try {
      MongoNamespace.checkDatabaseNameValidity(namespace.database());
    } catch (IllegalArgumentException e) {
      problems.add(
          DATABASE,
          '"' + namespace.database() + '"',
          "a database's name: no spaces, dots, slashes, quotes or $ in it");
    }
    return problems.found();
  }

  /** Of variables without a fault. */
  public static CollectionAddress of(Map<String, String> variables) {
    return new CollectionAddress(
        new Secret(text(variables, URL).orElseThrow()), namespace(variables));
  }

  /** Also where they have faults. */
  static Namespace namespace(Map<String, String> variables) {
    return new Namespace(
        text(variables, DATABASE).orElse(DEFAULT_DATABASE),
        text(variables, COLLECTION).orElse(DEFAULT_COLLECTION));
  }

  private static Optional<String> text(Map<String, String> variables, String name) {
    return Optional.ofNullable(variables.get(name)).map(String::strip).filter(t -> !t.isEmpty());
  }
}
