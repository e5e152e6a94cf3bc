package dev.millrace.ha;

/** A single instance: it always leads. */
public final class SoloLeadership implements Leadership {
  @Override
  public Lead await() {
    return new Lead() {
      @Override
      public boolean held() {
        return true;
      }

      @Override
      public void onLoss(Runnable action) {}
    };
  }

  @Override
  public void close() {}
}
