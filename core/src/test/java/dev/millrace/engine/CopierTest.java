package dev.millrace.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.json.CanonicalKey;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.CopyState;
import dev.millrace.model.Generation;
import dev.millrace.model.KeyRange;
import dev.millrace.model.RawValue;
import dev.millrace.model.Term;
import dev.millrace.source.CopySource.Outcome;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.bson.BsonInt32;
import org.junit.jupiter.api.Test;

/** What is noted of events is kept for as long as a row may have to give way to it. */
class CopierTest {
  /** So many that what is noted is looked through for what is of no use any more. */
  private static final int MANY = 12_000;

  private static final UUID UUID_OF_IT = new UUID(0, 1);

  private final CopyContext context = context();
  private final CollectionWindows collection = context.ledger().pending().iterator().next();
  private final Copier copier = copier(context);

  /** One collection in two ranges. */
  private static CopyState copying() {
    BsonInt32 middle = new BsonInt32(MANY);
    CollectionCopy copy =
        CollectionCopy.pending(UUID_OF_IT, Generation.NONE, false)
            .withRanges(
                List.of(
                    new KeyRange(null, middle, null, false),
                    new KeyRange(middle, null, null, false)),
                0);
    return new CopyState(
        true, 1, true, Map.of(Fakes.NAMESPACE, copy), 0, 0, false, CopyState.Edits.NONE);
  }

  private static CopyContext context() {
    return new CopyContext(
        CopyPlan.none(),
        new CopyRules(),
        new CopyLedger(copying()),
        new Watermarks(Fakes.position(0)),
        new Announcements(),
        new SinkTraits(new Fakes.Remembering().open(), true),
        System::nanoTime);
  }

  private static Copier copier(CopyContext context) {
    Checkpoint start = new Checkpoint(Fakes.position(0), new Term(1), "", "", "", copying());
    CommitPoints commits =
        new CommitPoints(context, new DurableState(context.sink(), start, () -> null));
    return new Copier(
        context, new CopyCatalog(context, commits, any -> true), new CopyDesk(() -> {}));
  }

  /** A window of a range, opened now and read. */
  private Window window(int range) {
    RangeCopy of = collection.ranges().get(range);
    long from = context.watermarks().emitted();
    Window window = new Window(collection, of, UUID_OF_IT, from, true);
    window.rows = new Outcome.Rows(List.of(), 0, null, false, from, 0);
    of.windows.addLast(window);
    return window;
  }

  private void happen(int first, int last) {
    for (int n = first; n <= last; n++) {
      Change.Streamed change = Fakes.change(n);
      context.watermarks().emitted(change.event().clusterTime());
      copier.happened(change);
    }
  }

  private static RawValue id(int key) {
    return ((Change.OnDocument) Fakes.change(key)).id();
  }

  @Test
  void whatIsNotedIsKeptForTheOldestWindowThatIsOpen() {
    Window slow = window(0);
    happen(1, MANY);
    Window fast = window(1);
    copier.emitted(fast, 0);
    assertThat(copier.givesWay(slow, id(1))).isTrue();
    assertThat(copier.givesWay(slow, id(MANY))).isTrue();
  }

  @Test
  void whatNoOpenWindowAsksForIsForgotten() {
    Window slow = window(0);
    happen(1, MANY);
    Window next = window(1);
    happen(MANY + 1, MANY + 1);
    copier.emitted(slow, 0);
    assertThat(collection.dirty.changedAt(CanonicalKey.of(id(1)))).isZero();
    assertThat(copier.givesWay(next, id(MANY))).isFalse();
    assertThat(copier.givesWay(next, id(MANY + 1))).isTrue();
  }
}
