package dev.millrace.sink.jetstream;

import dev.millrace.json.CanonicalKey;
import dev.millrace.json.SubjectToken;
import dev.millrace.model.Change;
import dev.millrace.model.Event;
import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.model.RawValue;
import java.util.HashMap;
import java.util.Map;

/**
 * Which subject a change goes to: {@code <stream>.<collection>.<operation>.<id>}, with the database
 * before the collection where several are followed. What happens to a collection has no id; {@code
 * dropDatabase} has no collection either, and no database where only one is followed. The
 * announcements of copying and the state have names of their own that begin with {@code $}, as the
 * token of no database or collection does.
 */
final class Subjects {
  private static final int REMEMBERED = 1_000;

  private final String stream;
  private final boolean withDatabase;

  /** The beginning up to the operation, with its dot at the end. */
  private final Map<Namespace, String> beginnings = new HashMap<>();

  private Namespace lastNamespace = Namespace.NONE;
  private String lastBeginning = "";

  Subjects(String stream, boolean withDatabase) {
    this.stream = stream;
    this.withDatabase = withDatabase;
  }

  /**
   * @throws IllegalArgumentException for a name or id that no subject can spell
   */
  String of(Change.Streamed change) {
    Event event = change.event();
    String operation = event.operation().wireName();
    if (change instanceof Change.OnDocument document) {
      return beginning(event.namespace()) + operation + '.' + key(document);
    }
    return event.operation() == Operation.DROP_DATABASE
        ? database(event.namespace()) + operation
        : beginning(event.namespace()) + operation;
  }

  /**
   * Of a copied row.
   *
   * @param key its {@link #key}
   * @throws IllegalArgumentException for a name that no subject can spell
   */
  String ofRow(Namespace namespace, String key) {
    return beginning(namespace) + "read." + key;
  }

  /**
   * The {@code _id} as a token.
   *
   * @throws IllegalArgumentException for one that no subject can spell
   */
  static String key(Change.OnDocument change) {
    RawValue id = change.id();
    return SubjectToken.encode(CanonicalKey.of(id));
  }

  String reset() {
    return stream + ".$reset";
  }

  String swept() {
    return stream + ".$swept";
  }

  String commit() {
    return stream + ".$commit";
  }

  String state() {
    return stream + ".$state";
  }

  private String beginning(Namespace namespace) {
    if (!namespace.equals(lastNamespace)) {
      if (beginnings.size() >= REMEMBERED) {
        beginnings.clear();
      }
      lastBeginning =
          beginnings.computeIfAbsent(
              namespace, any -> database(any) + SubjectToken.encode(any.collection()) + '.');
      lastNamespace = namespace;
    }
    return lastBeginning;
  }

  private String database(Namespace namespace) {
    return withDatabase
        ? stream + '.' + SubjectToken.encode(namespace.database()) + '.'
        : stream + '.';
  }
}
