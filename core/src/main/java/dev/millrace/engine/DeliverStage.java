package dev.millrace.engine;

import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Position;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import org.jspecify.annotations.Nullable;

/**
 * Turns what the sequencer orders into parcels and sees each to its durable end. One parcel is
 * filled while the one before is under way, so that converting and the sink's work overlap; a
 * parcel leaves when it is full, or when nothing more is waiting, so that a quiet stream has small
 * parcels and low latency and a busy one large parcels and high throughput, with nothing to tune.
 *
 * <p>A position leaves this stage only behind durable work: that is the whole of the promise.
 */
final class DeliverStage implements Stage {
  private final Sink sink;
  private final Handoff handoff;
  private final Sequencer sequencer;
  private final BesideStream beside;
  private final SaveStage saver;
  private final PipelineMetrics metrics;

  /** The checkpoint of the last thing known durable. */
  private volatile Checkpoint acknowledged;

  /** Whether any change or row was. */
  private volatile boolean delivered;

  private Parcel filling;

  /** Changes and rows in it: announcements are none. */
  private int counted;

  /** The last one sent: what it says need not be said again. */
  private Checkpoint sent;

  private @Nullable UnderWay underWay;

  /** Why nothing more can be taken: thrown once all before it is durable. */
  private @Nullable MillraceException refusal;

  private boolean finished;

  private record UnderWay(Delivery delivery, long covered, int counted) {}

  DeliverStage(
      Opened opened,
      Handoff handoff,
      Sequencer sequencer,
      BesideStream beside,
      SaveStage saver,
      PipelineMetrics metrics) {
    this.sink = opened.sink();
    this.handoff = handoff;
    this.sequencer = sequencer;
    this.beside = beside;
    this.saver = saver;
    this.acknowledged = opened.start();
    this.sent = opened.start();
    this.metrics = metrics;
    this.filling = sink.newParcel();
  }

  @Override
  public Progress step() {
    if (finished) {
      return Progress.DONE;
    }
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
    Checkpoint now = sequencer.checkpoint();
    if (now.copy().revision() != sent.copy().revision()) {
      // What is to be copied changed, and nothing else is there to tell it with.
      send();
      return Progress.WORKED;
    }
    if (now.position().compareTo(acknowledged.position()) > 0) {
      acknowledged = acknowledged.at(now.position());
      beside.durable().moved(acknowledged, sequencer.covered());
      saver.idle(acknowledged, waitsForStream() || beside.waitsForStore());
    }
    metrics.applied(acknowledged.position());
    if (beside.isFinished()) {
      finished = true;
      return Progress.DONE;
    }
    if (sequencer.isInside()) {
      return Progress.WORKED;
    }
    return handoff.isDrained() ? Progress.DONE : Progress.IDLE;
  }

  /** Adds what is waiting until the parcel is full, must end, or nothing waits. */
  private void fill() {
    while (refusal == null && !filling.isFull()) {
      Change next;
      try {
        next = sequencer.next();
        if (next == null) {
          return;
        }
        filling.add(next);
      } catch (MillraceException e) {
        refusal = e;
        return;
      }
      counted += next instanceof Change.Streamed || next instanceof Change.Read ? 1 : 0;
      sequencer.taken();
    }
  }

  private void send() {
    Parcel parcel = filling;
    metrics.sending(counted, parcel.bytes());
    Checkpoint through = sequencer.checkpoint();
    sent = through;
    underWay = new UnderWay(parcel.send(through), sequencer.covered(), counted);
    counted = 0;
    filling = sink.newParcel();
  }

  /** Waits for the parcel under way. */
  private void settle() {
    UnderWay it = underWay;
    if (it != null) {
      underWay = null;
      acknowledged = it.delivery().await();
      sequencer.durable(acknowledged);
      delivered |= it.counted() > 0;
      beside.durable().acknowledged(acknowledged, it.covered());
      metrics.delivered(acknowledged.position());
      saver.delivered(acknowledged);
    }
  }

  @Override
  public void rest() throws InterruptedException {
    handoff.awaitItem(waitsForStream() ? Handoff.millis(20) : Handoff.seconds(1));
  }

  private boolean waitsForStream() {
    return beside.waitsForStream(sequencer.covered());
  }

  /** How far it came; any thread. */
  Reached reached() {
    return new Reached(acknowledged.position(), delivered);
  }

  /**
   * How far one start came.
   *
   * @param position everything up to here is in the sink
   * @param delivered whether any of it got there since that start
   */
  record Reached(Position position, boolean delivered) {}

  /** Whether anything was taken from the source that is not known to be durable. */
  boolean hasOpenWork() {
    return underWay != null || filling.changes() > 0 || sequencer.isInside();
  }
}
