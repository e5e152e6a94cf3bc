package dev.millrace.sink.sqlite;

import dev.millrace.json.BsonJson;
import dev.millrace.json.CanonicalKey;
import dev.millrace.json.JsonBuffer;
import dev.millrace.json.JsonMode;
import dev.millrace.json.MalformedBsonException;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Event;
import dev.millrace.model.Failure;
import dev.millrace.model.RawValue;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** One transaction in the making. */
final class SqliteParcel implements Parcel {
  /** Enough that the sync at its end costs little, and the next one is converted meanwhile. */
  private static final int MAX_CHANGES = 5_000;

  private static final long MAX_BYTES = 8L << 20;

  private final JsonMode mode;
  private final JsonBuffer json;
  private final BiFunction<List<Step>, Checkpoint, Delivery> sending;
  private final List<Step> steps = new ArrayList<>();
  private Step.@Nullable Rows rows;
  private int changes;
  private long bytes;

  /**
   * @param json scratch space, this parcel's until it is sent
   * @param sending takes the steps and the checkpoint that becomes durable with them
   */
  SqliteParcel(
      JsonMode mode, JsonBuffer json, BiFunction<List<Step>, Checkpoint, Delivery> sending) {
    this.mode = mode;
    this.json = json;
    this.sending = sending;
  }

  @Override
  public void add(Change change) {
    Event event = change.event();
    try {
      switch (change) {
        case Change.Upsert upsert ->
            put(upsert, new Row.Put(RowVersion.of(event), json(upsert.document())));
        case Change.Delete delete -> put(delete, new Row.Gone(RowVersion.of(event)));
        case Change.Patch patch ->
            throw Failure.fatal(
                "MR-SINK-PATCH",
                "SQLite holds whole documents and a change of %s came without one: set full_document to lookup"
                    .formatted(event.namespace()));
        case Change.Created created -> then(new Step.Create(event.namespace()));
        case Change.Dropped dropped -> then(new Step.Drop(event.namespace()));
        case Change.Renamed renamed -> then(new Step.Rename(event.namespace(), renamed.to()));
        case Change.DatabaseDropped dropped ->
            then(new Step.DropDatabase(event.namespace().database()));
      }
    } catch (MalformedBsonException e) {
      throw Failure.fatal(
          "MR-SINK-MALFORMED",
          "a change of %s at %s is no BSON: %s"
              .formatted(event.namespace(), event.time(), e.getMessage()),
          e);
    }
    changes++;
  }

  private void put(Change.OnDocument change, Row row) {
    RawValue id = change.id();
    String key = CanonicalKey.of(id.type(), id.bytes(), id.offset());
    if (rows == null) {
      rows = new Step.Rows();
      steps.add(rows);
    }
    bytes += rows.put(change.event().namespace(), key, row);
  }

  private void then(Step step) {
    steps.add(step);
    rows = null;
    bytes += Step.ROW_BYTES;
  }

  private byte[] json(RawValue document) {
    json.clear();
    BsonJson.document(document.bytes(), document.offset(), mode, json);
    return json.toByteArray();
  }

  @Override
  public int changes() {
    return changes;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public boolean isFull() {
    return changes >= MAX_CHANGES || bytes >= MAX_BYTES;
  }

  @Override
  public Delivery send(Checkpoint through) {
    return sending.apply(steps, through);
  }
}
