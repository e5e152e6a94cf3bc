package dev.millrace.letters;

import dev.millrace.model.Namespace;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Which letters are meant.
 *
 * @param collections of one of these; of any where there is none
 * @param id of documents that the sink knows by this id; of any where it is empty
 */
public record Which(Set<Namespace> collections, Optional<String> id) {
  public static final Which ALL = new Which(Set.of(), Optional.empty());

  public boolean has(Address address) {
    return (collections.isEmpty() || collections.contains(address.namespace()))
        && id.map(address.id()::equals).orElse(true);
  }

  /**
   * What a person means.
   *
   * @param database the one that is followed; empty where names say theirs
   * @param collection its name, with its database or without; empty for all
   * @param id as letters have it; empty for all
   * @return empty where a name lacks its database
   */
  public static Optional<Which> of(
      Optional<String> database, Optional<String> collection, Optional<String> id) {
    Set<Namespace> namespaces = new LinkedHashSet<>();
    if (collection.isPresent()) {
      String name = collection.get();
      database.ifPresent(followed -> namespaces.add(new Namespace(followed, name)));
      int dot = name.indexOf('.');
      if (dot > 0 && database.map(name.substring(0, dot)::equals).orElse(true)) {
        namespaces.add(Namespace.parse(name));
      }
      if (namespaces.isEmpty()) {
        return Optional.empty();
      }
    }
    return Optional.of(new Which(namespaces, id));
  }
}
