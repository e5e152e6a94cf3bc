package dev.millrace.tap;

import dev.millrace.json.JsonBuffer;
import dev.millrace.json.MalformedBsonException;
import dev.millrace.json.SingerJson;
import dev.millrace.json.SingerSchema;
import dev.millrace.model.Failure;
import dev.millrace.model.RawValue;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes Singer messages, a line each, in the order of the calls: what stands before a state is
 * handed over when the state is. Buffered until then, or until {@link #flush}. For one thread.
 */
final class Messages {
  private static final Logger LOG = LoggerFactory.getLogger(Messages.class);
  private static final int ENOUGH = 256 << 10;
  private static final String DELETED_AT = "_sdc_deleted_at";

  private final OutputStream target;
  private final JsonBuffer out = new JsonBuffer(2 * ENOUGH);
  private final JsonBuffer scratch = new JsonBuffer();
  private final Map<TapStream, SingerSchema> schemas = new HashMap<>();
  private final Map<TapStream, byte[]> beginnings = new HashMap<>();
  private final Set<TapStream> overfull = new HashSet<>();
  private long records;

  Messages(OutputStream target) {
    this.target = target;
  }

  /** How many records there were. */
  long records() {
    return records;
  }

  /** What is known of the stream, which comes before its first record. */
  void schema(TapStream stream) {
    schema(stream, schemas.computeIfAbsent(stream, any -> new SingerSchema()));
    write();
  }

  private void schema(TapStream stream, SingerSchema schema) {
    out.ascii("{\"type\": \"SCHEMA\", \"stream\": ").quoted(stream.name()).ascii(", \"schema\": ");
    schema.write(out);
    out.ascii(", \"key_properties\": [\"_id\"]}\n");
  }

  /** Records are of this version from now on, or were; older ones are over for the target. */
  void activate(TapStream stream, long version) {
    out.ascii("{\"type\": \"ACTIVATE_VERSION\", \"stream\": ").quoted(stream.name());
    out.ascii(", \"version\": ").number(version).ascii("}\n");
    write();
  }

  /**
   * A document as it is.
   *
   * @param extracted when it was read, in milliseconds since 1970
   */
  void record(TapStream stream, RawValue document, long version, long extracted) {
    SingerSchema schema = schemas.computeIfAbsent(stream, any -> new SingerSchema());
    int line = out.size();
    begin(stream);
    try {
      SingerJson.document(document.bytes(), document.offset(), schema, out);
    } catch (MalformedBsonException e) {
      out.truncate(line);
      throw Failure.fatal(
          "MR-SINK-MALFORMED",
          "a document of %s is no BSON: %s".formatted(stream.namespace(), e.getMessage()),
          e);
    }
    end(version, extracted);
    grow(stream, schema, line);
  }

  /** A document is gone. */
  void deleted(TapStream stream, RawValue id, long clusterMillis, long version, long extracted) {
    SingerSchema schema = schemas.computeIfAbsent(stream, any -> new SingerSchema());
    schema.time(DELETED_AT);
    int line = out.size();
    begin(stream);
    out.ascii("{\"_id\": ");
    SingerJson.value(id.type(), id.bytes(), id.offset(), out);
    out.ascii(", \"" + DELETED_AT + "\": ");
    SingerJson.time(clusterMillis, out);
    out.ascii('}');
    end(version, extracted);
    grow(stream, schema, line);
  }

  private void begin(TapStream stream) {
    out.raw(
        beginnings.computeIfAbsent(
            stream,
            it -> {
              JsonBuffer text = new JsonBuffer();
              text.ascii("{\"type\": \"RECORD\", \"stream\": ").quoted(it.name());
              return text.ascii(", \"record\": ").toByteArray();
            }));
  }

  private void end(long version, long extracted) {
    out.ascii(", \"version\": ").number(version).ascii(", \"time_extracted\": ");
    SingerJson.time(extracted, out);
    out.ascii("}\n");
    records++;
  }

  /** A schema that grew stands before the record that made it grow. */
  private void grow(TapStream stream, SingerSchema schema, int line) {
    if (schema.grew()) {
      scratch.clear();
      scratch.raw(out.array(), line, out.size() - line);
      out.truncate(line);
      schema(stream, schema);
      out.raw(scratch.array(), 0, scratch.size());
      scratch.clear();
      if (schema.isFull() && overfull.add(stream)) {
        LOG.warn(
            "{} has so many fields that its schema does not describe all of them; their records are complete",
            stream.namespace());
      }
    }
    write();
  }

  /** The target has all that stands before it, and may keep it. */
  void state(TapState state) {
    out.ascii("{\"type\": \"STATE\", \"value\": ");
    state.write(out);
    out.ascii("}\n");
    flush();
  }

  private void write() {
    if (out.size() >= ENOUGH) {
      hand();
    }
  }

  /** Hands over all that is written. */
  void flush() {
    hand();
    try {
      target.flush();
    } catch (IOException e) {
      throw closed(e);
    }
  }

  private void hand() {
    try {
      target.write(out.array(), 0, out.size());
    } catch (IOException e) {
      throw closed(e);
    }
    out.clear();
  }

  private static RuntimeException closed(IOException e) {
    return Failure.fatal("MR-STDOUT-CLOSED", "nobody reads stdout any more: " + e.getMessage(), e);
  }
}
