package dev.millrace.source.mongo;

import dev.millrace.json.BsonBytes;
import dev.millrace.model.Change;
import dev.millrace.model.Event;
import dev.millrace.model.Failure;
import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.model.Position;
import dev.millrace.model.RawValue;
import dev.millrace.source.FullDocument;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import org.bson.BsonDocument;
import org.bson.BsonNull;
import org.bson.BsonString;
import org.bson.BsonType;
import org.jspecify.annotations.Nullable;

/**
 * Turns the bytes of one change event into a {@link Change}, in one pass over its top-level fields
 * and without copying. Joins fragments of large events on the way, so it remembers between events:
 * one decoder per stream, used by one thread, events in order.
 */
final class ChangeDecoder {
  private static final Operation[] OPERATIONS = Operation.values();
  private static final byte DOCUMENT = (byte) BsonType.DOCUMENT.getValue();

  private final Scope scope;
  private final Set<Operation> operations;
  private final FullDocument fullDocument;
  private final DocumentFinder finder;
  private final FragmentJoiner fragments = new FragmentJoiner();

  /** The namespace of the event before, which nearly always is this event's too. */
  private byte[] lastNamespaceBytes = {};

  private Namespace lastNamespace = new Namespace("", "");
  private boolean lastInScope;

  /**
   * @param operations those to let through
   * @param finder fetches a document that an event should have carried and could not
   */
  ChangeDecoder(
      Scope scope, Set<Operation> operations, FullDocument fullDocument, DocumentFinder finder) {
    this.scope = scope;
    this.operations = Set.copyOf(operations);
    this.fullDocument = fullDocument;
    this.finder = finder;
  }

  /** Whether an event has begun whose last fragment has not come: no position lies here. */
  boolean isInsideEvent() {
    return fragments.isOpen();
  }

  /**
   * Decodes the event at an offset.
   *
   * @return null where there is nothing to deliver: a fragment that is not the last, an event
   *     outside the scope, an operation not asked for, an invalidate
   */
  Change.@Nullable Streamed decode(byte[] bytes, int offset) {
    Fields f = new Fields(bytes, offset);
    if (f.splitAt != 0) {
      byte[] whole =
          fragments.add(f.raw, RawValue.document(bytes, f.splitAt, f.lengthAt(f.splitAt)));
      if (whole == null) {
        return null;
      }
      f = new Fields(whole, 0);
    }
    Operation operation = f.operation();
    return operation == null || !operations.contains(operation) ? null : change(f, operation);
  }

  private Change.@Nullable Streamed change(Fields f, Operation operation) {
    if (operation.isOnDocument()) {
      Namespace namespace = namespaceInScope(f);
      return namespace == null ? null : onDocument(f, operation, namespace);
    }
    Namespace namespace = f.namespace(f.nsAt);
    Event event = f.event(operation, namespace);
    return switch (operation) {
      case DROP_DATABASE ->
          scope.includesDatabase(namespace.database()) ? new Change.DatabaseDropped(event) : null;
      case RENAME -> {
        Namespace to = f.namespace(f.toAt);
        yield scope.includes(namespace) || scope.includes(to)
            ? new Change.Renamed(event, to)
            : null;
      }
      case DROP -> scope.includes(namespace) ? new Change.Dropped(event) : null;
      default -> scope.includes(namespace) ? new Change.Created(event) : null;
    };
  }

  private Change.@Nullable Streamed onDocument(Fields f, Operation operation, Namespace namespace) {
    RawValue id = f.id();
    if (operation == Operation.DELETE) {
      return new Change.Delete(f.event(operation, namespace), id);
    }
    Fields full = f.fullType == DOCUMENT && !f.slimmed ? f : completed(f, namespace);
    if (full.fullType == DOCUMENT) {
      RawValue document = RawValue.document(full.bytes, full.fullAt, full.lengthAt(full.fullAt));
      return new Change.Upsert(full.event(operation, namespace), id, document);
    }
    if (fullDocument == FullDocument.DELTA) {
      return new Change.Patch(full.event(operation, namespace), id);
    }
    // The lookup found nothing, so the document is gone by now. Passing over it would leave the
    // version before in the sink with nothing to say that it is old.
    if (!operations.contains(Operation.DELETE)) {
      return null;
    }
    byte[] bytes = asDelete(f);
    return new Change.Delete(new Fields(bytes, 0).event(Operation.DELETE, namespace), id);
  }

  /** The event with the document that it could not carry, as far as there still is one. */
  private Fields completed(Fields f, Namespace namespace) {
    boolean fetch =
        f.fullType != DOCUMENT
            && (f.slimmed || fullDocument == FullDocument.POST_IMAGE_WHEN_AVAILABLE)
            && fullDocument != FullDocument.DELTA;
    if (!fetch && !f.slimmed) {
      return f;
    }
    BsonDocument event = f.raw.toDocument();
    event.remove(StreamCommands.SLIMMED);
    if (fetch) {
      BsonDocument found = finder.find(namespace, event.getDocument("documentKey"));
      event.put("fullDocument", found == null ? BsonNull.VALUE : found);
    }
    return new Fields(RawValue.of(event).bytes(), 0);
  }

  /** The event rewritten as the delete it amounts to, at its own position. */
  private static byte[] asDelete(Fields f) {
    BsonDocument event = f.raw.toDocument();
    event.put("operationType", new BsonString(Operation.DELETE.wireName()));
    event.remove("fullDocument");
    event.remove("updateDescription");
    return RawValue.of(event).copy();
  }

  /** Null when the event is out of scope. */
  private @Nullable Namespace namespaceInScope(Fields f) {
    int length = f.nsAt == 0 ? 0 : f.lengthAt(f.nsAt);
    if (length == 0) {
      return null;
    }
    if (!Arrays.equals(
        lastNamespaceBytes, 0, lastNamespaceBytes.length, f.bytes, f.nsAt, f.nsAt + length)) {
      lastNamespaceBytes = Arrays.copyOfRange(f.bytes, f.nsAt, f.nsAt + length);
      lastNamespace = f.namespace(f.nsAt);
      lastInScope = scope.includes(lastNamespace);
    }
    return lastInScope ? lastNamespace : null;
  }

  /** The token of an event, without decoding the rest. */
  static Position position(byte[] bytes, int offset) {
    return new Fields(bytes, offset).token();
  }

  /** Whether the event is one of a transaction's. */
  static boolean isInTransaction(byte[] bytes, int offset) {
    return new Fields(bytes, offset).inTransaction;
  }

  /** Whether something was taken out of this event so that it fits. */
  static boolean isSlimmed(byte[] bytes, int offset) {
    return new Fields(bytes, offset).slimmed;
  }

  /** Fetches one document by its key as it is now; null when it is gone. */
  @FunctionalInterface
  interface DocumentFinder {
    @Nullable BsonDocument find(Namespace namespace, BsonDocument documentKey);
  }

  /** Where the top-level fields of one event lie; 0 where one is missing. */
  private static final class Fields {
    final byte[] bytes;
    final RawValue raw;
    private int tokenAt;
    private int operationAt;
    private int timeAt;
    private int keyAt;
    int nsAt;
    int toAt;
    int fullAt;
    byte fullType;
    int splitAt;
    boolean slimmed;

    /** Of the events that we ask for, those of transactions alone have an {@code lsid}. */
    boolean inTransaction;

    Fields(byte[] bytes, int offset) {
      this.bytes = bytes;
      this.raw = RawValue.document(bytes, offset, BsonBytes.readInt32(bytes, offset));
      for (int at = offset + 4; bytes[at] != 0; ) {
        byte type = bytes[at];
        int name = at + 1;
        int value = BsonBytes.cstringEnd(bytes, name, bytes.length) + 1;
        note(type, name, value - 1 - name, value);
        at = BsonBytes.skipValue(type, bytes, value);
      }
      if (tokenAt == 0) {
        throw Failure.fatal("MR-SOURCE-EVENT", "a change event came without a resume token");
      }
    }

    /** By length and first letter: no two fields of an event share both. */
    private void note(byte type, int name, int length, int value) {
      switch (length) {
        case 4 -> inTransaction |= bytes[name] == 'l';
        case 2 -> {
          if (bytes[name] == 'n') {
            nsAt = value;
          } else if (bytes[name] == 't' && type == DOCUMENT) {
            toAt = value;
          }
        }
        case 3 -> tokenAt = bytes[name] == '_' ? value : tokenAt;
        case 10 -> splitAt = bytes[name] == 's' ? value : splitAt;
        case 11 -> {
          if (bytes[name] == 'd') {
            keyAt = value;
          } else if (bytes[name] == 'c') {
            timeAt = value;
          }
        }
        case 12 -> {
          if (bytes[name] == 'f') {
            fullAt = value;
            fullType = type;
          }
        }
        case 15 -> slimmed |= bytes[name] == 'm';
        case 13 -> operationAt = bytes[name] == 'o' ? value : operationAt;
        default -> {}
      }
    }

    int lengthAt(int document) {
      return BsonBytes.readInt32(bytes, document);
    }

    Position token() {
      return Position.of(RawValue.document(bytes, tokenAt, lengthAt(tokenAt)).toDocument());
    }

    Event event(Operation operation, Namespace namespace) {
      return new Event(
          raw,
          operation,
          namespace,
          RawValue.document(bytes, tokenAt, lengthAt(tokenAt)),
          timeAt == 0 ? 0 : BsonBytes.readInt64(bytes, timeAt),
          inTransaction);
    }

    /** Null for operations that nobody is told of. */
    @Nullable Operation operation() {
      if (operationAt == 0) {
        return null;
      }
      int length = lengthAt(operationAt) - 1;
      int text = operationAt + 4;
      for (Operation operation : OPERATIONS) {
        String name = operation.wireName();
        if (name.length() == length && bytes[text] == name.charAt(0) && matches(text, name)) {
          return operation;
        }
      }
      return null;
    }

    private boolean matches(int at, String name) {
      for (int i = 1; i < name.length(); i++) {
        if (bytes[at + i] != name.charAt(i)) {
          return false;
        }
      }
      return true;
    }

    RawValue id() {
      if (keyAt != 0) {
        for (int at = keyAt + 4; bytes[at] != 0; ) {
          byte type = bytes[at];
          int name = at + 1;
          int value = BsonBytes.cstringEnd(bytes, name, bytes.length) + 1;
          int end = BsonBytes.skipValue(type, bytes, value);
          if (value - name == 4 && bytes[name] == '_' && bytes[name + 1] == 'i') {
            return new RawValue(type, bytes, value, end - value);
          }
          at = end;
        }
      }
      throw Failure.fatal("MR-SOURCE-EVENT", "a change event came without the _id of its document");
    }

    Namespace namespace(int document) {
      String database = "";
      String collection = "";
      if (document != 0) {
        for (int at = document + 4; bytes[at] != 0; ) {
          byte type = bytes[at];
          int name = at + 1;
          int value = BsonBytes.cstringEnd(bytes, name, bytes.length) + 1;
          String text = new String(bytes, value + 4, lengthAt(value) - 1, StandardCharsets.UTF_8);
          if (bytes[name] == 'd') {
            database = text;
          } else {
            collection = text;
          }
          at = BsonBytes.skipValue(type, bytes, value);
        }
      }
      return new Namespace(database, collection);
    }
  }
}
