package dev.millrace.bench;

import dev.millrace.json.BsonBytes;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Namespace;
import dev.millrace.model.RawValue;
import dev.millrace.model.Term;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** Notes of every write that the stream brings when it was made and when the sink had it. */
final class MarkedSink implements Sink {
  private static final byte[] MARK = Writer.MARK.getBytes(StandardCharsets.US_ASCII);

  private final Sink sink;
  private final Lags lags;

  MarkedSink(Sink sink, Lags lags) {
    this.sink = sink;
    this.lags = lags;
  }

  @Override
  public Optional<Checkpoint> fence(Term term, Optional<Checkpoint> stored) {
    return sink.fence(term, stored);
  }

  @Override
  public boolean keepsCheckpoint() {
    return sink.keepsCheckpoint();
  }

  @Override
  public boolean copiesBeside(Namespace namespace) {
    return sink.copiesBeside(namespace);
  }

  @Override
  public Parcel newParcel() {
    return new Marked(sink.newParcel(), lags);
  }

  @Override
  public void close() {
    sink.close();
  }

  private static final class Marked implements Parcel {
    private final Parcel parcel;
    private final Lags lags;
    private long[] marks = new long[64];
    private int count;

    Marked(Parcel parcel, Lags lags) {
      this.parcel = parcel;
      this.lags = lags;
    }

    @Override
    public void add(Change change) {
      parcel.add(change);
      if (change instanceof Change.Upsert upsert) {
        note(upsert.document());
      }
    }

    private void note(RawValue document) {
      int field = BsonBytes.findField(document.bytes(), document.offset(), MARK);
      if (field < 0) {
        return;
      }
      if (count == marks.length) {
        marks = Arrays.copyOf(marks, 2 * count);
      }
      marks[count++] = BsonBytes.readInt64(document.bytes(), field + MARK.length + 2);
    }

    @Override
    public int changes() {
      return parcel.changes();
    }

    @Override
    public long bytes() {
      return parcel.bytes();
    }

    @Override
    public boolean isFull() {
      return parcel.isFull();
    }

    @Override
    public int room() {
      return parcel.room();
    }

    @Override
    public Delivery send(Checkpoint through) {
      Delivery delivery = parcel.send(through);
      return () -> {
        Checkpoint durable = delivery.await();
        long now = Lags.now();
        for (int i = 0; i < count; i++) {
          lags.add(now - marks[i]);
        }
        return durable;
      };
    }
  }
}
