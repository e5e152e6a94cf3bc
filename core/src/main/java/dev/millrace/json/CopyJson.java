package dev.millrace.json;

import dev.millrace.model.Change;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.CommitPoint;
import dev.millrace.model.Namespace;
import dev.millrace.model.RawValue;

/**
 * What copying adds to a log, as Extended JSON in the shape of change events, so that a consumer
 * reads all with one parser: copied rows, and the announcements between them. None of it has a
 * resume token.
 *
 * <ul>
 *   <li>A row: {@code operationType} is {@code read}; {@code _id._copy} names the generation;
 *       {@code clusterTime} is the time that it was read at or after; {@code ns}, {@code
 *       documentKey} and {@code fullDocument} are an insert's.
 *   <li>A document told again is a row, or a {@code delete} where it is gone, with {@code renewed}
 *       for a generation.
 *   <li>{@code reset} and {@code swept} have {@code ns} and {@code generation}, {@code reset} also
 *       {@code since}.
 *   <li>{@code commit} has the commit point's {@code clusterTime}, {@code consistent}, {@code
 *       reason} and {@code excluded}.
 * </ul>
 */
public final class CopyJson {
  private static final byte[] OPEN_ROW = Ascii.of("{\"_id\": {\"_copy\": ");
  private static final byte[] ROW_TIME =
      Ascii.of("}, \"operationType\": \"read\", \"clusterTime\": ");
  private static final byte[] GONE_TIME =
      Ascii.of("}, \"operationType\": \"delete\", \"clusterTime\": ");
  private static final byte[] DATABASE = Ascii.of(", \"ns\": {\"db\": ");
  private static final byte[] COLLECTION = Ascii.of(", \"coll\": ");
  private static final byte[] ROW_KEY = Ascii.of(", \"documentKey\": {\"_id\": ");
  private static final byte[] ROW_DOCUMENT = Ascii.of("}, \"fullDocument\": ");
  private static final byte[] OPEN_TIME = Ascii.of("{\"$timestamp\": {\"t\": ");
  private static final byte[] INCREMENT = Ascii.of(", \"i\": ");

  private CopyJson() {}

  /**
   * Appends a copied row, from its bytes and with no object in between.
   *
   * @throws MalformedBsonException where its bytes are no BSON; part of it may be written then
   */
  public static void write(Change.Read row, JsonMode mode, JsonBuffer out) {
    RawValue document = row.document();
    out.raw(OPEN_ROW).quoted(row.generation().id()).raw(ROW_TIME);
    key(row, row.copiedAt(), mode, out);
    out.raw(ROW_DOCUMENT);
    BsonJson.document(document.bytes(), document.offset(), mode, out);
    out.ascii('}');
  }

  /**
   * Appends a document that is told again, or that it is gone.
   *
   * @throws MalformedBsonException where its bytes are no BSON; part of it may be written then
   */
  public static void write(Change.Renewed renewed, JsonMode mode, JsonBuffer out) {
    RawValue document = renewed.document();
    out.raw(OPEN_ROW).ascii("\"renewed\"");
    out.raw(document == null ? GONE_TIME : ROW_TIME);
    key(renewed, renewed.copiedAt(), mode, out);
    if (document == null) {
      out.ascii("}}");
    } else {
      out.raw(ROW_DOCUMENT);
      BsonJson.document(document.bytes(), document.offset(), mode, out);
      out.ascii('}');
    }
  }

  private static void key(Change.OnDocument change, long time, JsonMode mode, JsonBuffer out) {
    RawValue id = change.id();
    time(time, out);
    namespace(change.namespace(), out);
    out.raw(ROW_KEY);
    BsonJson.value(id.type(), id.bytes(), id.offset(), mode, out);
  }

  /** Appends the announcement that a collection is copied anew. */
  public static void write(Change.Reset announcement, JsonBuffer out) {
    out.ascii("{\"operationType\": \"reset\"");
    namespace(announcement.namespace(), out);
    out.ascii(", \"generation\": ").quoted(announcement.generation().id()).ascii(", \"since\": ");
    time(announcement.generation().since(), out);
    out.ascii('}');
  }

  /** Appends the announcement that such a copy is complete. */
  public static void write(Change.Swept announcement, JsonBuffer out) {
    out.ascii("{\"operationType\": \"swept\"");
    namespace(announcement.namespace(), out);
    out.ascii(", \"generation\": ").quoted(announcement.generation().id()).ascii('}');
  }

  /** Appends a commit point, or that the last one no longer holds. */
  public static void write(Change.Committed announcement, JsonBuffer out) {
    CommitPoint point = announcement.point();
    out.ascii("{\"operationType\": \"commit\", \"clusterTime\": ");
    time(point.time(), out);
    out.ascii(", \"consistent\": ").ascii(Boolean.toString(point.consistent()));
    out.ascii(", \"reason\": ").quoted(point.reason()).ascii(", \"excluded\": [");
    String separator = "";
    for (String excluded : point.excluded()) {
      out.ascii(separator).quoted(excluded);
      separator = ", ";
    }
    out.ascii("]}");
  }

  /** The same in both modes. */
  private static void time(long time, JsonBuffer out) {
    out.raw(OPEN_TIME).number(ClusterTime.seconds(time)).raw(INCREMENT);
    out.number(time & 0xFFFF_FFFFL).ascii("}}");
  }

  private static void namespace(Namespace namespace, JsonBuffer out) {
    out.raw(DATABASE).quoted(namespace.database());
    out.raw(COLLECTION).quoted(namespace.collection()).ascii('}');
  }
}
