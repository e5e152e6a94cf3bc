package dev.millrace.engine;

import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
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
 * <p>A parcel ends where no transaction of the source is in its midst, so that a sink whose parcels
 * become visible as one unit never shows half of one. One that is larger than the bound goes in
 * parts; the position moves with them, and the commit point only behind the last.
 *
 * <p>A position leaves this stage only behind durable work: that is the whole of the promise.
 */
final class DeliverStage implements Stage {
  /** A transaction of so many changes is whole in every sink that has units at all. */
  private static final int WHOLE_CHANGES = 500;

  private final Sink sink;
  private final Handoff handoff;
  private final Sequencer sequencer;
  private final BesideStream beside;
  private final SaveStage saver;
  private final PipelineMetrics metrics;
  private final long transactionBytes;

  /** The checkpoint of the last thing known durable. */
  private volatile Checkpoint acknowledged;

  /** Whether any change or row was. */
  private volatile boolean delivered;

  private Parcel filling;

  /** How many bytes were in it when the transaction that it ends with began. */
  private long transactionFrom;

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
      PipelineMetrics metrics,
      long transactionBytes) {
    this.sink = opened.sink();
    this.handoff = handoff;
    this.sequencer = sequencer;
    this.beside = beside;
    this.saver = saver;
    this.acknowledged = opened.start();
    this.sent = opened.start();
    this.metrics = metrics;
    this.transactionBytes = transactionBytes;
    this.filling = sink.newParcel();
  }

  @Override
  public Progress step() {
    if (finished) {
      return Progress.DONE;
    }
    fill();
    boolean unfinished = filling.changes() > 0 && holdsOn() && !isRefused();
    if (filling.changes() > 0 && !unfinished) {
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
    if (unfinished) {
      return awaitRest();
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

  /** What has come of a transaction is not sent: where nothing more comes, the next start does. */
  private Progress awaitRest() {
    if (!handoff.isDrained()) {
      return Progress.IDLE;
    }
    filling = sink.newParcel();
    finished = true;
    return Progress.DONE;
  }

  /** Whether the parcel ends within a transaction, and more of that can be taken in. */
  private boolean holdsOn() {
    return sequencer.isInsideTransaction()
        && filling.room() > 0
        && filling.bytes() - transactionFrom < transactionBytes;
  }

  /** Something can never be taken: a person must be able to pass it, so all before it goes out. */
  private boolean isRefused() {
    MillraceException e = refusal;
    return e != null && !(e.failure() instanceof Failure.Transient);
  }

  /** Adds what is waiting until the parcel is full, must end, or nothing waits. */
  private void fill() {
    while (refusal == null && (!filling.isFull() || holdsOn())) {
      Change next;
      try {
        next = sequencer.next();
        if (next == null) {
          return;
        }
        if (sequencer.beginsTransaction(next)) {
          if (filling.changes() > 0 && filling.room() < WHOLE_CHANGES) {
            return;
          }
          transactionFrom = filling.bytes();
        }
        filling.add(next);
      } catch (MillraceException e) {
        refusal = e;
        return;
      }
      counted += next instanceof Change.Streamed || next instanceof Change.OnDocument ? 1 : 0;
      sequencer.taken();
    }
  }

  private void send() {
    Parcel parcel = filling;
    if (sequencer.isInsideTransaction()) {
      metrics.sentInPart();
    }
    metrics.sending(counted, parcel.bytes());
    Checkpoint through = sequencer.checkpoint();
    sent = through;
    underWay = new UnderWay(parcel.send(through), sequencer.covered(), counted);
    counted = 0;
    filling = sink.newParcel();
    transactionFrom = 0;
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
