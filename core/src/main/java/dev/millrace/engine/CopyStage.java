package dev.millrace.engine;

import dev.millrace.engine.CopyDesk.Errand;
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
    Errand<?> errand = desk.take(ofChunks);
    if (errand == null) {
      return Progress.IDLE;
    }
    desk.lay(errand.run(source));
    return Progress.WORKED;
  }

  @Override
  public void rest() throws InterruptedException {
    desk.await(ofChunks, Handoff.seconds(1));
  }
}
