package dev.millrace.model;

/** A database and a collection in it, by name. */
public record Namespace(String database, String collection) {
  @Override
  public String toString() {
    return database + "." + collection;
  }
}
