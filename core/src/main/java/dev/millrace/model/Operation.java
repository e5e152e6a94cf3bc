package dev.millrace.model;

import java.util.Locale;
import java.util.Optional;

/** What a change event tells of; {@link #wireName} is the server's {@code operationType}. */
public enum Operation {
  INSERT("insert"),
  UPDATE("update"),
  REPLACE("replace"),
  DELETE("delete"),
  CREATE("create"),
  DROP("drop"),
  RENAME("rename"),
  DROP_DATABASE("dropDatabase");

  private final String wireName;

  Operation(String wireName) {
    this.wireName = wireName;
  }

  public String wireName() {
    return wireName;
  }

  /** Whether it changes one document, rather than a collection or a database. */
  public boolean isOnDocument() {
    return switch (this) {
      case INSERT, UPDATE, REPLACE, DELETE -> true;
      case CREATE, DROP, RENAME, DROP_DATABASE -> false;
    };
  }

  /** By the server's name, in any case. */
  public static Optional<Operation> named(String name) {
    for (Operation operation : values()) {
      if (operation.wireName.toLowerCase(Locale.ROOT).equals(name.toLowerCase(Locale.ROOT))) {
        return Optional.of(operation);
      }
    }
    return Optional.empty();
  }
}
