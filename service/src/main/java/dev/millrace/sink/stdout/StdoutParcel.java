package dev.millrace.sink.stdout;

import dev.millrace.json.CopyJson;
import dev.millrace.json.EventJson;
import dev.millrace.json.JsonBuffer;
import dev.millrace.json.JsonMode;
import dev.millrace.json.MalformedBsonException;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.Failure;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import java.util.function.Consumer;

/** Lines in the making. */
final class StdoutParcel implements Parcel {
  private static final int FIRST_BYTES = 64 << 10;
  private static final int FULL_BYTES = 1 << 20;

  private final JsonMode mode;
  private final Consumer<JsonBuffer> writing;
  private final JsonBuffer lines = new JsonBuffer(FIRST_BYTES);
  private int changes;

  /**
   * @param writing returns when the operating system has the bytes
   */
  StdoutParcel(JsonMode mode, Consumer<JsonBuffer> writing) {
    this.mode = mode;
    this.writing = writing;
  }

  /** One line, but none for a collection that came into being: a line without news. */
  @Override
  public void add(Change change) {
    if (!(change instanceof Change.Created)) {
      line(change);
    }
    changes++;
  }

  private void line(Change change) {
    int before = lines.size();
    try {
      switch (change) {
        case Change.Streamed it -> EventJson.write(it.event(), mode, lines);
        case Change.Read it -> CopyJson.write(it, mode, lines);
        case Change.Renewed it -> CopyJson.write(it, mode, lines);
        case Change.Reset it -> CopyJson.write(it, lines);
        case Change.Swept it -> CopyJson.write(it, lines);
        case Change.Committed it -> CopyJson.write(it, lines);
      }
    } catch (MalformedBsonException e) {
      lines.truncate(before);
      throw Failure.fatal(
          "MR-SINK-MALFORMED",
          "a change of %s at %s is no BSON: %s"
              .formatted(change.namespace(), time(change), e.getMessage()),
          e);
    }
    lines.ascii('\n');
  }

  private static String time(Change change) {
    return switch (change) {
      case Change.Streamed it -> it.event().time().toString();
      case Change.Read it -> ClusterTime.text(it.copiedAt());
      case Change.Renewed it -> ClusterTime.text(it.copiedAt());
      default -> "no time";
    };
  }

  @Override
  public int changes() {
    return changes;
  }

  @Override
  public long bytes() {
    return lines.size();
  }

  @Override
  public boolean isFull() {
    return lines.size() >= FULL_BYTES;
  }

  /** Nothing is written before {@link Delivery#await}, where waiting for the reader belongs. */
  @Override
  public Delivery send(Checkpoint through) {
    return () -> {
      writing.accept(lines);
      return through;
    };
  }
}
