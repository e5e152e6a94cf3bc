package dev.millrace.engine;

import dev.millrace.model.Batch;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Position;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import java.util.Collections;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Turns batches into parcels and sees each to its durable end, in order. One parcel is filled while
 * the one before is under way, so that converting and the sink's work overlap; a parcel leaves when
 * it is full, or when nothing more is waiting, so that a quiet stream has small parcels and low
 * latency and a busy one large parcels and high throughput, with nothing to tune.
 *
 * <p>A position leaves this stage only behind durable work: that is the whole of the promise.
 */
final class DeliverStage implements Stage {
  private final Sink sink;
  private final Handoff handoff;
  private final SaveStage saver;
  private final PipelineMetrics metrics;

  /**
   * The checkpoint of the last thing known durable; what comes next differs in position and mark.
   */
  private Checkpoint durable;

  private @Nullable Batch batch;
  private Iterator<Change> changes = Collections.emptyIterator();
  private Parcel filling;

  /** Everything up to here is durable, under way or in the parcel being filled. */
  private Position reached;

  /** The change last added to the parcel being filled. */
  private @Nullable Change lastAdded;

  private @Nullable Delivery underWay;

  /** A change no sink will take: thrown once all before it is durable. */
  private @Nullable MillraceException refusal;

  DeliverStage(
      Sink sink, Handoff handoff, SaveStage saver, Checkpoint start, PipelineMetrics metrics) {
    this.sink = sink;
    this.handoff = handoff;
    this.saver = saver;
    this.metrics = metrics;
    this.durable = start;
    this.reached = start.position();
    this.filling = sink.newParcel();
  }

  @Override
  public Progress step() {
    fill();
    if (filling.changes() > 0) {
      settle();
      send();
      return Progress.WORKED;
    }
    if (underWay != null) {
      settle();
      return Progress.WORKED;
    }
    if (refusal != null) {
      throw refusal;
    }
    if (reached.compareTo(durable.position()) > 0) {
      durable = durable.at(reached);
      saver.idle(durable);
    }
    metrics.applied(durable.position());
    return handoff.isDrained() ? Progress.DONE : Progress.IDLE;
  }

  /** Adds what is waiting until the parcel is full or nothing waits. */
  private void fill() {
    while (refusal == null && !filling.isFull()) {
      if (!changes.hasNext() && !nextBatch()) {
        return;
      }
      while (changes.hasNext() && !filling.isFull()) {
        if (!add(changes.next())) {
          return;
        }
      }
      if (!changes.hasNext()) {
        endOfBatch();
      }
    }
  }

  private boolean nextBatch() {
    batch = handoff.poll();
    if (batch == null) {
      return false;
    }
    changes = batch.changes();
    if (!changes.hasNext()) {
      endOfBatch();
    }
    return true;
  }

  private void endOfBatch() {
    Position through = batch == null ? null : batch.through();
    if (through != null && through.compareTo(reached) > 0) {
      reached = through;
    }
    batch = null;
    changes = Collections.emptyIterator();
  }

  private boolean add(Change change) {
    try {
      filling.add(change);
    } catch (MillraceException e) {
      refusal = e;
      return false;
    }
    lastAdded = change;
    return true;
  }

  private void send() {
    if (lastAdded != null) {
      Position last = lastAdded.event().position();
      reached = last.compareTo(reached) > 0 ? last : reached;
    }
    lastAdded = null;
    Parcel parcel = filling;
    metrics.sending(parcel.changes(), parcel.bytes());
    Checkpoint through = durable.at(reached);
    underWay = parcel.send(through);
    filling = sink.newParcel();
  }

  /** Waits for the parcel under way. */
  private void settle() {
    if (underWay != null) {
      Delivery delivery = underWay;
      underWay = null;
      durable = delivery.await();
      metrics.delivered(durable.position());
      saver.delivered(durable);
    }
  }

  @Override
  public void rest() throws InterruptedException {
    handoff.awaitItem(Handoff.seconds(1));
  }

  /** Whether anything was taken from the source that is not known to be durable. */
  boolean hasOpenWork() {
    return underWay != null || filling.changes() > 0 || batch != null;
  }
}
