package dev.millrace.source;

import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import java.util.List;
import java.util.Optional;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of collections beside their pages and their stream: which there are, and what is in
 * them in the order of a field. For one thread.
 *
 * <p>Every method throws {@link MillraceException} where the source cannot be reached or refuses.
 */
public interface Tables extends AutoCloseable {
  /** What answers, for people. */
  String version();

  /** As {@link Source#deployment}. */
  String deployment();

  /**
   * The databases that the user may see.
   *
   * @param login the one of the login, which stands for them where they may not be listed
   */
  List<String> databases(Optional<String> login);

  /** A database's collections by name, without views and the server's own. */
  List<Found> collections(String database);

  /** The last {@code _id} in the order of all BSON types; empty where there are no documents. */
  Optional<BsonValue> greatestId(Namespace namespace);

  /**
   * Begins to read a collection in the order of a field.
   *
   * @param from documents whose field is less are left out; null leaves out none
   * @param allTypes whether those come as well whose field is of a type behind that of {@code from}
   */
  Ordered inOrder(
      Namespace namespace, String field, @Nullable BsonValue from, boolean allTypes, Subset subset);

  @Override
  void close();

  /**
   * One collection.
   *
   * @param documents about how many
   * @param indexed the fields that have an index of their own
   */
  record Found(Namespace namespace, long documents, List<String> indexed) {}

  /** An open reading, of what the server holds open as well. For one thread. */
  interface Ordered extends AutoCloseable {
    /** Whether there is more to {@link #read}. */
    boolean hasNext();

    /**
     * The next rows; may be none.
     *
     * @throws MillraceException when the reading is of no more use
     */
    Iterable<CopySource.Row> read();

    /** As {@link Source#keepAlive}. */
    void keepAlive();

    @Override
    void close();
  }
}
