package dev.millrace.tap;

import dev.millrace.source.SourceOpener;
import dev.millrace.source.Subset;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes what collections and their changes are read with. */
@FunctionalInterface
public interface Readers {
  /**
   * For some collections.
   *
   * @param database the one that all names are of; null where they are of several
   * @param names of collections, or {@code database.collection} where there is no one database
   */
  SourceOpener of(@Nullable String database, List<String> names, Subset subset);
}
