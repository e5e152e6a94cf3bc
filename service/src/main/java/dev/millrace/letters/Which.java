package dev.millrace.letters;

import dev.millrace.model.Namespace;
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
}
