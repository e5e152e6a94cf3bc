package dev.millrace.config;

/** Names of collections and patterns of such names, as configurations and requests spell them. */
public final class CollectionNames {
  static final String IN_DATABASE = "names of collections, * standing for any text; absent: all";
  static final String IN_DEPLOYMENT =
      "names as database.collection, * standing for any text; absent: all";

  private CollectionNames() {}

  /**
   * Whether it can be a name or a pattern.
   *
   * @param deployment whether names have to say their database
   */
  public static boolean isSound(String name, boolean deployment) {
    int dot = name.indexOf('.');
    return !name.isBlank()
        && !name.contains("$")
        && (!deployment || (dot > 0 && dot < name.length() - 1));
  }
}
