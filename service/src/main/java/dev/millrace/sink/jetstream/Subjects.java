package dev.millrace.sink.jetstream;

import dev.millrace.json.CanonicalKey;
import dev.millrace.json.SubjectToken;
import dev.millrace.model.Change;
import dev.millrace.model.Event;
import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.model.RawValue;
import dev.millrace.table.RowKey;
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

  /** Of a dead letter, in characters; three bytes of UTF-8 each take nine. */
  private static final int LONGEST_ID = 200;

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

  /**
   * Of the dead letter of a document: {@code <stream>.$dead.<database%2Ecollection>.<id>}. Nobody
   * takes it for a change: its third token has a dot, which no operation has.
   *
   * @param id as {@link LetterMaker#ID} has it
   */
  String dead(Namespace namespace, String id) {
    return dead(namespace) + token(id);
  }

  /** Of all dead letters of a collection. */
  String allDead(Namespace namespace) {
    return dead(namespace) + '*';
  }

  String allDead() {
    return deadPrefix() + '>';
  }

  boolean isDead(String subject) {
    return subject.startsWith(deadPrefix());
  }

  private String dead(Namespace namespace) {
    return deadPrefix() + SubjectToken.encode(namespace.toString()) + '.';
  }

  private String deadPrefix() {
    return stream + ".$dead.";
  }

  /** The id, or where a subject has no room for it, a hash of it, which no id's token begins as. */
  static String token(String id) {
    if (id.length() <= LONGEST_ID) {
      try {
        return SubjectToken.encode(id);
      } catch (IllegalArgumentException e) {
        // Half a surrogate pair has no UTF-8.
      }
    }
    return '$' + RowKey.sha256(id);
  }

  /**
   * Of all changes of a document.
   *
   * @throws IllegalArgumentException for a name or id that no subject can spell
   */
  String ofAny(Namespace namespace, RawValue id) {
    return beginning(namespace) + "*." + SubjectToken.encode(CanonicalKey.of(id));
  }

  /**
   * Of the drop of a collection.
   *
   * @throws IllegalArgumentException for a name that no subject can spell
   */
  String ofDrop(Namespace namespace) {
    return beginning(namespace) + Operation.DROP.wireName();
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
