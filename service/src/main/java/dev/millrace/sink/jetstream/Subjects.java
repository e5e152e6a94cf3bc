package dev.millrace.sink.jetstream;

import dev.millrace.json.CanonicalKey;
import dev.millrace.json.SubjectToken;
import dev.millrace.model.Change;
import dev.millrace.model.Event;
import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.model.RawValue;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/**
 * Which subject a change goes to: {@code <stream>.<collection>.<operation>.<id>}, with the database
 * before the collection where several are followed. What happens to a collection has no id; {@code
 * dropDatabase} has no collection either, and no database where only one is followed.
 */
final class Subjects {
  private static final int REMEMBERED = 1_000;

  private final String stream;
  private final boolean withDatabase;

  /** The beginning up to the operation, with its dot at the end; of each namespace by operation. */
  private final Map<Namespace, Map<Operation, String>> beginnings = new HashMap<>();

  private Namespace lastNamespace = new Namespace("", "");
  private Map<Operation, String> lastBeginnings = new EnumMap<>(Operation.class);

  Subjects(String stream, boolean withDatabase) {
    this.stream = stream;
    this.withDatabase = withDatabase;
  }

  /**
   * @throws IllegalArgumentException for a name or id that no subject can spell
   */
  String of(Change change) {
    Event event = change.event();
    String beginning = beginning(event.namespace(), event.operation());
    if (change instanceof Change.OnDocument document) {
      RawValue id = document.id();
      return beginning
          + '.'
          + SubjectToken.encode(CanonicalKey.of(id.type(), id.bytes(), id.offset()));
    }
    return beginning;
  }

  private String beginning(Namespace namespace, Operation operation) {
    if (!namespace.equals(lastNamespace)) {
      if (beginnings.size() >= REMEMBERED) {
        beginnings.clear();
      }
      lastBeginnings = beginnings.computeIfAbsent(namespace, any -> new EnumMap<>(Operation.class));
      lastNamespace = namespace;
    }
    return lastBeginnings.computeIfAbsent(operation, any -> spell(namespace, any));
  }

  private String spell(Namespace namespace, Operation operation) {
    StringBuilder subject = new StringBuilder(stream);
    if (withDatabase) {
      subject.append('.').append(SubjectToken.encode(namespace.database()));
    }
    if (operation != Operation.DROP_DATABASE) {
      subject.append('.').append(SubjectToken.encode(namespace.collection()));
    }
    return subject.append('.').append(operation.wireName()).toString();
  }
}
