package dev.millrace.model;

/** A database and a collection in it, by name. */
public record Namespace(String database, String collection) implements Comparable<Namespace> {
  /** No collection in particular. */
  public static final Namespace NONE = new Namespace("", "");

  /** From {@code database.collection}; a collection's own name may hold dots. */
  public static Namespace parse(String text) {
    int dot = text.indexOf('.');
    return new Namespace(text.substring(0, dot), text.substring(dot + 1));
  }

  @Override
  public int compareTo(Namespace other) {
    int byDatabase = database.compareTo(other.database);
    return byDatabase != 0 ? byDatabase : collection.compareTo(other.collection);
  }

  @Override
  public String toString() {
    return database + "." + collection;
  }
}
