package dev.millrace.testing;

import dev.millrace.json.BsonBytes;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Event;
import dev.millrace.model.Generation;
import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.model.Position;
import dev.millrace.model.RawValue;
import dev.millrace.model.Term;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.bson.BsonArray;
import org.bson.BsonBinary;
import org.bson.BsonBinarySubType;
import org.bson.BsonDateTime;
import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.bson.BsonNull;
import org.bson.BsonString;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;

/**
 * Makes change events as a server sends them, one after another, and copied rows between them:
 * bytes with tokens and cluster times that rise, and the {@link Change} that lies on them. The
 * bytes lie in the middle of a larger array, as in a server's reply.
 */
public final class Changes {
  private static final long FIRST_TIME = 1_700_000_000L << 32 | 1;
  private static final int MARGIN = 37;
  private static final BsonBinary UUID =
      new BsonBinary(BsonBinarySubType.UUID_STANDARD, new byte[16]);

  private long time;
  private int index;
  private boolean inTransaction;
  private Position position;

  public Changes() {
    this(FIRST_TIME);
  }

  /**
   * @param time the first event's cluster time, as the server's 64 bits
   */
  public Changes(long time) {
    this.time = time - 1;
    this.position = Position.of("82%016X2B0229296E04".formatted(this.time));
  }

  /** Events from now on share one cluster time, until {@link #commit}. */
  public Changes begin() {
    time++;
    index = 0;
    inTransaction = true;
    return this;
  }

  public Changes commit() {
    inTransaction = false;
    return this;
  }

  public Change.Upsert insert(Namespace namespace, BsonDocument document) {
    return upsert(Operation.INSERT, namespace, document);
  }

  public Change.Upsert replace(Namespace namespace, BsonDocument document) {
    return upsert(Operation.REPLACE, namespace, document);
  }

  /** An update that was looked up. */
  public Change.Upsert update(Namespace namespace, BsonDocument document) {
    return upsert(Operation.UPDATE, namespace, document);
  }

  private Change.Upsert upsert(Operation operation, Namespace namespace, BsonDocument document) {
    BsonDocument event = onDocument(operation, namespace, document.get("_id", BsonNull.VALUE));
    event.append("fullDocument", document);
    if (operation == Operation.UPDATE) {
      event.append("updateDescription", updateDescription(document));
    }
    Event made = event(operation, namespace, event);
    return new Change.Upsert(made, id(made.raw()), field(made.raw(), "fullDocument"));
  }

  /** An update without an image. */
  public Change.Patch patch(Namespace namespace, BsonValue id, BsonDocument updated) {
    BsonDocument event = onDocument(Operation.UPDATE, namespace, id);
    event.append("updateDescription", updateDescription(updated));
    Event made = event(Operation.UPDATE, namespace, event);
    return new Change.Patch(made, id(made.raw()));
  }

  public Change.Delete delete(Namespace namespace, BsonValue id) {
    Event made = event(Operation.DELETE, namespace, onDocument(Operation.DELETE, namespace, id));
    return new Change.Delete(made, id(made.raw()));
  }

  /** An insert with a value of a type that BSON does not have: no sink can take it. */
  public Change.Upsert malformed(Namespace namespace) {
    Change.Upsert good =
        insert(
            namespace,
            new BsonDocument("_id", new BsonString("malformed"))
                .append("field", new BsonString("value")));
    spoil(good.document());
    return good;
  }

  private static void spoil(RawValue document) {
    byte[] bytes = document.bytes();
    int at =
        BsonBytes.findField(bytes, document.offset(), "field".getBytes(StandardCharsets.US_ASCII));
    bytes[at] = 0x66;
  }

  public Change.Created created(Namespace namespace) {
    return new Change.Created(
        event(Operation.CREATE, namespace, start(Operation.CREATE, namespace)));
  }

  public Change.Dropped drop(Namespace namespace) {
    return new Change.Dropped(event(Operation.DROP, namespace, start(Operation.DROP, namespace)));
  }

  public Change.Renamed rename(Namespace from, Namespace to) {
    BsonDocument event = start(Operation.RENAME, from).append("to", names(to));
    return new Change.Renamed(event(Operation.RENAME, from, event), to);
  }

  public Change.DatabaseDropped dropDatabase(String database) {
    Namespace namespace = new Namespace(database, "");
    return new Change.DatabaseDropped(
        event(Operation.DROP_DATABASE, namespace, start(Operation.DROP_DATABASE, namespace)));
  }

  /** What is known once everything up to this change is durable. */
  public static Checkpoint checkpoint(Change.Streamed last, Term term) {
    return new Checkpoint(last.event().position(), term, "deployment", "scope", "");
  }

  /** What is known once everything made so far is durable. */
  public Checkpoint checkpoint(Term term) {
    return new Checkpoint(position, term, "deployment", "scope", "");
  }

  /** A position that was read, with nothing to deliver: a high-water token. */
  public Position highWater() {
    position = Position.of("82%016X2B0229296E04".formatted(++time));
    return position;
  }

  /** The cluster time, as the server's 64 bits, of what was made last. */
  public long time() {
    return time;
  }

  /** A copy of a collection that begins here. */
  public Generation generation() {
    return new Generation(position.data(), time);
  }

  /** A row as a copy reads it here: newer than all events made so far, older than the next. */
  public Change.Read read(Namespace namespace, BsonDocument document, Generation generation) {
    RawValue raw = inTheMiddle(document);
    return new Change.Read(namespace, field(raw, "_id"), raw, generation, time);
  }

  /** As {@link #malformed}, copied. */
  public Change.Read malformedRead(Namespace namespace, Generation generation) {
    Change.Read good =
        read(
            namespace,
            new BsonDocument("_id", new BsonString("malformed"))
                .append("field", new BsonString("value")),
            generation);
    spoil(good.document());
    return good;
  }

  private BsonDocument onDocument(Operation operation, Namespace namespace, BsonValue id) {
    return start(operation, namespace).append("documentKey", new BsonDocument("_id", id));
  }

  private BsonDocument start(Operation operation, Namespace namespace) {
    if (!inTransaction) {
      time++;
      index = 0;
    }
    String token = token(time, index++);
    position = Position.of(token);
    BsonDocument event =
        new BsonDocument("_id", new BsonDocument("_data", new BsonString(token)))
            .append("operationType", new BsonString(operation.wireName()))
            .append("clusterTime", new BsonTimestamp(time))
            .append("collectionUUID", UUID)
            .append("wallTime", new BsonDateTime((time >>> 32) * 1000))
            .append("ns", names(namespace));
    if (inTransaction) {
      event.append("txnNumber", new BsonInt64(1)).append("lsid", new BsonDocument("id", UUID));
    }
    return event;
  }

  /** An event token as servers from 4.4 to 8 make them. */
  static String token(long time, int index) {
    return "82%016X2B022C0100%s6E5A1004%032X46645F69640064%024X0004"
        .formatted(time, keyString(index), 0, index);
  }

  /** A number that is not negative, as the server's key strings write it. */
  private static String keyString(int number) {
    if (number == 0) {
      return "29";
    }
    String twice = Long.toHexString(2L * number).toUpperCase(Locale.ROOT);
    String padded = twice.length() % 2 == 0 ? twice : "0" + twice;
    return "%02X%s".formatted(0x2A + padded.length() / 2, padded);
  }

  private static BsonDocument names(Namespace namespace) {
    BsonDocument names = new BsonDocument("db", new BsonString(namespace.database()));
    return namespace.collection().isEmpty()
        ? names
        : names.append("coll", new BsonString(namespace.collection()));
  }

  private static BsonDocument updateDescription(BsonDocument updated) {
    BsonDocument fields = updated.clone();
    fields.remove("_id");
    return new BsonDocument("updatedFields", fields)
        .append("removedFields", new BsonArray())
        .append("truncatedArrays", new BsonArray());
  }

  private static Event event(Operation operation, Namespace namespace, BsonDocument event) {
    RawValue raw = inTheMiddle(event);
    return new Event(
        raw,
        operation,
        namespace,
        field(raw, "_id"),
        event.getTimestamp("clusterTime").getValue(),
        event.containsKey("lsid"));
  }

  private static RawValue inTheMiddle(BsonDocument document) {
    byte[] bare = RawValue.of(document).bytes();
    byte[] bytes = new byte[bare.length + 2 * MARGIN];
    Arrays.fill(bytes, (byte) 0x55);
    System.arraycopy(bare, 0, bytes, MARGIN, bare.length);
    return RawValue.document(bytes, MARGIN, bare.length);
  }

  private static RawValue id(RawValue event) {
    return field(field(event, "documentKey"), "_id");
  }

  private static RawValue field(RawValue document, String name) {
    byte[] bytes = document.bytes();
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    int at = BsonBytes.findField(bytes, document.offset(), utf8);
    int value = at + utf8.length + 2;
    return new RawValue(
        bytes[at], bytes, value, BsonBytes.skipValue(bytes[at], bytes, value) - value);
  }
}
