package dev.millrace.table;

import dev.millrace.json.BsonJson;
import dev.millrace.json.JsonBuffer;
import dev.millrace.json.JsonMode;
import dev.millrace.json.MalformedBsonException;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.Event;
import dev.millrace.model.Failure;
import dev.millrace.model.RawValue;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What changes do to tables, in the making: the last state of each document. */
public final class TableParcel implements Parcel {
  /** Enough that the sync at its end costs little, and the next one is converted meanwhile. */
  private static final int MAX_CHANGES = 5_000;

  private static final String MALFORMED = "MR-SINK-MALFORMED";

  private static final long MAX_BYTES = 8L << 20;

  private final Form form;
  private final JsonBuffer json;
  private final BiFunction<List<Step>, Checkpoint, Delivery> sending;
  private final List<Step> steps = new ArrayList<>();
  private Step.@Nullable Rows rows;
  private @Nullable String copyVersion;
  private long lastCopiedAt;
  private int changes;
  private long bytes;

  /**
   * How documents become rows.
   *
   * @param softDeletes whether a deleted document's row stays
   * @param keepsMisfits whether a document that is none becomes a {@link Row.Misfit}
   * @param key what the row of an {@code _id} is known by; no two of them by the same
   */
  public record Form(
      JsonMode mode, boolean softDeletes, boolean keepsMisfits, Function<RawValue, String> key) {}

  /**
   * @param json scratch space, this parcel's until it is sent
   * @param sending takes the steps and the checkpoint that becomes durable with them
   */
  public TableParcel(
      Form form, JsonBuffer json, BiFunction<List<Step>, Checkpoint, Delivery> sending) {
    this.form = form;
    this.json = json;
    this.sending = sending;
  }

  @Override
  public void add(Change change) {
    try {
      convert(change);
    } catch (MalformedBsonException e) {
      String where =
          change instanceof Change.Streamed streamed
              ? "a change of %s at %s"
                  .formatted(change.namespace(), ClusterTime.text(streamed.event().clusterTime()))
              : "a copied document of %s".formatted(change.namespace());
      throw Failure.fatal(MALFORMED, where + " is no BSON: " + e.getMessage(), e);
    }
    changes++;
  }

  private void convert(Change change) {
    switch (change) {
      case Change.Upsert upsert ->
          put(upsert, row(RowVersion.of(upsert.event()), upsert.document()));
      case Change.Read read -> put(read, row(copyVersion(read.copiedAt()), read.document()));
      case Change.Renewed renewed -> renew(renewed);
      case Change.Delete delete -> put(delete, new Row.Gone(RowVersion.of(delete.event())));
      case Change.Patch patch ->
          throw Failure.fatal(
              "MR-SINK-PATCH",
              "a table holds whole documents and a change of %s came without one: set full_document to lookup"
                  .formatted(patch.namespace()));
      case Change.Created created -> then(new Step.Create(created.namespace()));
      case Change.Dropped dropped ->
          then(new Step.Drop(dropped.namespace(), version(dropped.event())));
      case Change.Renamed renamed ->
          then(new Step.Rename(renamed.namespace(), renamed.to(), version(renamed.event())));
      case Change.DatabaseDropped dropped ->
          then(new Step.DropDatabase(dropped.namespace().database(), version(dropped.event())));
      case Change.Reset reset ->
          then(new Step.Reset(reset.namespace(), copyVersion(reset.generation().since())));
      case Change.Swept swept ->
          then(new Step.Sweep(swept.namespace(), copyVersion(swept.generation().since())));
      case Change.Committed committed -> {
        // It ends no rows: whether before or behind them, it becomes visible with them.
        steps.add(new Step.Commit(committed.point()));
        bytes += Step.ROW_BYTES;
      }
    }
  }

  private static String version(Event event) {
    return RowVersion.afterAll(event.clusterTime());
  }

  /** A chunk's rows have the same one: it is made once, not five thousand times. */
  private String copyVersion(long copiedAt) {
    if (copyVersion == null || copiedAt != lastCopiedAt) {
      lastCopiedAt = copiedAt;
      copyVersion = RowVersion.afterAll(copiedAt);
    }
    return copyVersion;
  }

  private void put(Change.OnDocument change, Row row) {
    String key = form.key().apply(change.id());
    bytes += rows().put(change.namespace(), key, row);
  }

  private void renew(Change.Renewed renewed) {
    String version = copyVersion(renewed.copiedAt());
    RawValue document = renewed.document();
    Row row = document == null ? new Row.Gone(version) : row(version, document);
    String key = form.key().apply(renewed.id());
    bytes += rows().renew(renewed.namespace(), key, row);
  }

  private Step.Rows rows() {
    Step.Rows open = rows;
    if (open == null) {
      open = new Step.Rows(form.softDeletes());
      rows = open;
      steps.add(open);
    }
    return open;
  }

  private void then(Step step) {
    steps.add(step);
    rows = null;
    bytes += Step.ROW_BYTES;
  }

  private Row row(String version, RawValue document) {
    try {
      return new Row.Put(version, json(document));
    } catch (MalformedBsonException e) {
      if (!form.keepsMisfits()) {
        throw e;
      }
      return new Row.Misfit(version, MALFORMED, "it is no BSON: " + e.getMessage(), null);
    }
  }

  private byte[] json(RawValue document) {
    json.clear();
    BsonJson.document(document.bytes(), document.offset(), form.mode(), json);
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
  public int room() {
    return Integer.MAX_VALUE;
  }

  @Override
  public Delivery send(Checkpoint through) {
    return sending.apply(steps, through);
  }
}
