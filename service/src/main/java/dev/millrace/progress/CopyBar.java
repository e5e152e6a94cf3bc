package dev.millrace.progress;

import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * One bar, drawn by the library into a text of ours: it would write to the terminal on a thread of
 * its own, and know nothing of the lines that logs write between.
 */
final class CopyBar implements AutoCloseable {
  /** It never draws by itself. */
  private static final int NEVER_MILLIS = Integer.MAX_VALUE;

  private final ProgressBar bar;
  private volatile String text = "";

  CopyBar(Copying copy, ProgressBarStyle style, int width) {
    this.bar =
        new ProgressBarBuilder()
            .setTaskName(copy.pipeline() + " " + copy.collection())
            .setInitialMax(Math.max(0, copy.estimated()))
            .setStyle(style)
            .setUpdateIntervalMillis(NEVER_MILLIS)
            .hideEta()
            .setConsumer(new DelegatingProgressBarConsumer(drawn -> text = drawn, width))
            .build();
  }

  /** As it looks now. */
  String at(Copying copy) {
    bar.maxHint(copy.estimated() < 0 ? -1 : Math.max(copy.estimated(), copy.copied()));
    bar.stepTo(copy.copied());
    bar.setExtraMessage(copy.behind());
    bar.refresh();
    return text;
  }

  @Override
  public void close() {
    bar.close();
  }
}
