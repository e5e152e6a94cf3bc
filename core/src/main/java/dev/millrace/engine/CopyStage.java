package dev.millrace.engine;

import dev.millrace.engine.CopyDesk.Done;
import dev.millrace.engine.CopyDesk.Order;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.source.CopySource;

/** Reads what the desk asks for: several beside each other for chunks, one for all the rest. */
final class CopyStage implements Stage {
  private final CopySource source;
  private final CopyDesk desk;
  private final boolean ofChunks;

  CopyStage(CopySource source, CopyDesk desk, boolean ofChunks) {
    this.source = source;
    this.desk = desk;
    this.ofChunks = ofChunks;
  }

  @Override
  public Progress step() {
    if (desk.isClosed()) {
      return Progress.DONE;
    }
    Order order = desk.take(ofChunks);
    if (order == null) {
      return Progress.IDLE;
    }
    Done result;
    try {
      result = done(order);
    } catch (MillraceException e) {
      if (!(e.failure() instanceof Failure.Transient)) {
        throw e;
      }
      result = new Done.Failed(order, e);
    }
    desk.lay(result);
    return Progress.WORKED;
  }

  private Done done(Order order) {
    return switch (order) {
      case Order.Now now -> new Done.Now(source.now());
      case Order.List list -> new Done.Listed(source.list(list.after()));
      case Order.Cuts cuts ->
          new Done.Cuts(
              cuts.collection(),
              cuts.range(),
              source.cuts(cuts.collection().namespace, cuts.span(), cuts.parts()));
      case Order.Chunk chunk -> new Done.Chunk(chunk.window(), source.read(chunk.chunk()));
    };
  }

  @Override
  public void rest() throws InterruptedException {
    desk.await(ofChunks, Handoff.seconds(1));
  }
}
