package dev.millrace.table;

import dev.millrace.json.JsonMode;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.model.RawValue;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What a sink of tables holds, for whoever compares it: over a connection of its own that writes
 * nothing. Rows that are only marked as deleted are not there. For one thread.
 *
 * <p>Each call sees one state of the sink. Every one throws {@link MillraceException} as a sink
 * does where that cannot be reached.
 */
public interface TableView extends AutoCloseable {
  /** How documents are spelled in it. */
  JsonMode json();

  /** Whether the rows of a collection that was dropped are to stay. */
  boolean keepsDropped();

  /** What the row of an {@code _id} is known by. */
  String key(RawValue id);

  /** The collections that it has, or had, tables of. */
  Set<Namespace> collections();

  /**
   * The keys of a collection's rows, in the sink's own order; none where there is no table.
   *
   * @param after only those behind it; null begins with the first
   * @param most of them; fewer where there are no more
   */
  List<String> keys(Namespace namespace, @Nullable String after, int most);

  /**
   * Shows the rows of these keys, in no order.
   *
   * @param shown is told key and document in UTF-8, which is null where a person's table has none.
   *     It may be told all of them once more, from the first on.
   */
  void rows(
      Namespace namespace, Collection<String> keys, BiConsumer<String, byte @Nullable []> shown);

  /** Those of these keys that are of documents which their table did not take. */
  Set<String> deadLetters(Namespace namespace, Collection<String> keys);

  @Override
  void close();
}
