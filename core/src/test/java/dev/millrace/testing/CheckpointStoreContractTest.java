package dev.millrace.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.checkpoint.CheckpointStore.Begun;
import dev.millrace.checkpoint.CheckpointStore.Owner;
import dev.millrace.checkpoint.CheckpointStore.Stored;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.model.Position;
import dev.millrace.model.Term;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bson.BsonBinary;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What every checkpoint store keeps to. A subclass opens stores on a place that is fresh for each
 * test.
 */
public abstract class CheckpointStoreContractTest {
  protected static final String PIPELINE = "orders";
  protected static final Owner OWNER = new Owner("instance-1", "127.0.0.1:8080");
  protected static final Owner OTHER = new Owner("instance-2", "");

  private static final Namespace NAMESPACE = new Namespace("shop", "orders");

  protected final Changes source = new Changes();
  private final List<CheckpointStore> opened = new ArrayList<>();

  /** Opens a store on this test's place. */
  protected abstract CheckpointStore openStore(String pipeline);

  /** Makes the pipeline's state look as if a Millrace with a newer state format had written it. */
  protected abstract void writeNewerFormat(String pipeline) throws Exception;

  /** Whether there is anything on this test's place: a file, a table, a collection. */
  protected abstract boolean isAnythingThere();

  @AfterEach
  void closeAll() {
    opened.forEach(CheckpointStore::close);
  }

  protected final CheckpointStore open(String pipeline) {
    CheckpointStore store = openStore(pipeline);
    opened.add(store);
    return store;
  }

  protected final CheckpointStore open() {
    return open(PIPELINE);
  }

  protected final Checkpoint next(Term term) {
    return new Checkpoint(
        source.insert(NAMESPACE, new BsonDocument("_id", new BsonInt32(1))).event().position(),
        term,
        "a deployment",
        "a \"scope\" ü",
        "a mark");
  }

  private static void assertFailsWith(Class<? extends Failure> kind, ThrowingCallable action) {
    assertThatThrownBy(action)
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.failure()).isInstanceOf(kind));
  }

  @Test
  void beginsWithNothing() {
    CheckpointStore store = open();
    assertThat(store.read()).isEmpty();
    Begun begun = store.begin(OWNER);
    assertThat(begun.term()).isGreaterThan(Term.NONE);
    assertThat(begun.checkpoint()).isEmpty();
    assertThat(store.read().orElseThrow().checkpoint()).isEmpty();
  }

  @Test
  void raisesTheTermByOneEachTime() {
    Term first = open().begin(OWNER).term();
    assertThat(open().begin(OTHER).term()).isEqualTo(first.next());
    assertThat(open().begin(OWNER).term()).isEqualTo(first.next().next());
  }

  @Test
  void givesEachOfManyAtOnceATermOfItsOwn() throws Exception {
    int threads = 4;
    int each = 5;
    List<Future<List<Term>>> outcomes = new ArrayList<>();
    List<Term> terms = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      for (int i = 0; i < threads; i++) {
        CheckpointStore store = open();
        outcomes.add(pool.submit(() -> beginOften(store, each)));
      }
      for (Future<List<Term>> outcome : outcomes) {
        List<Term> own = outcome.get();
        assertThat(own).isSorted();
        terms.addAll(own);
      }
    }
    assertThat(terms).doesNotHaveDuplicates().hasSize(threads * each);
    assertThat(open().read().orElseThrow().term())
        .isEqualTo(terms.stream().max(Term::compareTo).orElseThrow());
  }

  private static List<Term> beginOften(CheckpointStore store, int times) {
    List<Term> terms = new ArrayList<>();
    while (terms.size() < times) {
      try {
        terms.add(store.begin(OWNER).term());
      } catch (MillraceException e) {
        // Two that make the state at once may be told to try again.
        assertThat(e.failure()).isInstanceOf(Failure.Transient.class);
      }
    }
    return terms;
  }

  @Test
  void givesBackWhatWasSaved() {
    CheckpointStore store = open();
    Term term = store.begin(OWNER).term();
    Checkpoint saved = next(term);
    store.save(saved);
    assertThat(open().read().orElseThrow().checkpoint()).contains(saved);
    assertThat(open().resume(term)).isEqualTo(new Begun(term, Optional.of(saved)));
    assertThat(open().begin(OTHER).checkpoint()).contains(saved);
  }

  @Test
  void givesTheWholeCopyBack() {
    CheckpointStore store = open();
    Term term = store.begin(OWNER).term();
    Checkpoint saved = next(term).with(CopyStates.ofEveryKind(source));
    store.save(saved);
    assertThat(open().read().orElseThrow().checkpoint()).contains(saved);
    assertThat(open().resume(term).checkpoint()).contains(saved);
    assertThat(open().begin(OTHER).checkpoint()).contains(saved);
  }

  @Test
  void keepsATokensTypeBits() {
    CheckpointStore store = open();
    Term term = store.begin(OWNER).term();
    Position position =
        new Position(next(term).position().data(), new BsonBinary(new byte[] {1, -2, 3}));
    store.save(new Checkpoint(position, term, "", "", ""));
    assertThat(open().read().orElseThrow().checkpoint().orElseThrow().position().token())
        .isEqualTo(position.token());
  }

  @Test
  void replacesWhatWasSavedBefore() {
    CheckpointStore store = open();
    Term term = store.begin(OWNER).term();
    store.save(next(term));
    Checkpoint later = next(term);
    store.save(later);
    store.save(later);
    assertThat(store.read().orElseThrow().checkpoint()).contains(later);
  }

  @Test
  void refusesToSaveInAnOldTerm() {
    CheckpointStore old = open();
    Term first = old.begin(OWNER).term();
    Checkpoint saved = next(first);
    old.save(saved);
    Term second = open().begin(OTHER).term();
    assertFailsWith(Failure.Fenced.class, () -> old.save(next(first)));
    assertThat(open().read().orElseThrow())
        .isEqualTo(new Stored(second, Optional.of(saved), Optional.of(OTHER)));
  }

  @Test
  void refusesToSaveInATermNobodyBegan() {
    assertFailsWith(Failure.Fenced.class, () -> open().save(next(new Term(7))));
    CheckpointStore store = open();
    Term term = store.begin(OWNER).term();
    assertFailsWith(Failure.Fenced.class, () -> store.save(next(term.next())));
  }

  @Test
  void refusesToResumeAnOldTerm() {
    Term first = open().begin(OWNER).term();
    open().begin(OTHER);
    assertFailsWith(Failure.Fenced.class, () -> open().resume(first));
  }

  @Test
  void refusesToResumeWhatNeverBegan() {
    assertFailsWith(Failure.Fenced.class, () -> open().resume(new Term(1)));
  }

  @Test
  void goesBackWhenANewTermSaysSo() {
    CheckpointStore store = open();
    Term first = store.begin(OWNER).term();
    Checkpoint early = next(first);
    store.save(next(first));
    Term second = store.begin(OWNER).term();
    store.save(early.in(second));
    assertThat(store.read().orElseThrow().checkpoint()).contains(early.in(second));
  }

  @Test
  void makesNothingByReading() {
    CheckpointStore store = open();
    assertThat(store.read()).isEmpty();
    assertFailsWith(Failure.Fenced.class, () -> store.resume(new Term(1)));
    assertThat(isAnythingThere()).isFalse();
    store.begin(OWNER);
    assertThat(isAnythingThere()).isTrue();
  }

  @Test
  void takesNothingByReading() {
    Term term = open().begin(OWNER).term();
    Stored before = open().read().orElseThrow();
    assertThat(open().read()).contains(before);
    assertThat(before.term()).isEqualTo(term);
    assertThat(before.owner()).contains(OWNER);
    open().save(next(term));
  }

  @Test
  void forgetsAnOwnerThatStopped() {
    CheckpointStore store = open();
    Term term = store.begin(OWNER).term();
    Checkpoint saved = next(term);
    store.save(saved);
    store.release(term);
    Stored stored = open().read().orElseThrow();
    assertThat(stored.owner()).isEmpty();
    assertThat(stored.term()).isEqualTo(term);
    assertThat(stored.checkpoint()).contains(saved);
  }

  @Test
  void leavesTheNextOwnerAloneWhenTheOldOneStops() {
    CheckpointStore old = open();
    Term first = old.begin(OWNER).term();
    open().begin(OTHER);
    old.release(first);
    assertThat(open().read().orElseThrow().owner()).contains(OTHER);
  }

  @Test
  void keepsPipelinesApart() {
    CheckpointStore orders = open("orders");
    CheckpointStore items = open("items");
    Term term = orders.begin(OWNER).term();
    orders.save(next(term));
    assertThat(items.read()).isEmpty();
    assertThat(items.begin(OTHER).checkpoint()).isEmpty();
    assertThat(orders.read().orElseThrow().owner()).contains(OWNER);
  }

  @Test
  void refusesANewerFormat() throws Exception {
    CheckpointStore store = open();
    Term term = store.begin(OWNER).term();
    store.save(next(term));
    writeNewerFormat(PIPELINE);
    assertFailsWith(Failure.Fatal.class, () -> open().begin(OTHER));
    assertFailsWith(Failure.Fatal.class, () -> open().read());
    assertFailsWith(Failure.Fatal.class, () -> open().resume(term));
  }

  @Test
  void failsCleanlyOnceClosed() {
    CheckpointStore unused = open();
    unused.close();
    assertFailsWith(Failure.Transient.class, unused::read);
    CheckpointStore store = open();
    Term term = store.begin(OWNER).term();
    Checkpoint late = next(term);
    store.close();
    store.close();
    for (ThrowingCallable use :
        List.<ThrowingCallable>of(
            store::read,
            () -> store.resume(term),
            () -> store.save(late),
            () -> store.release(term),
            () -> store.begin(OTHER))) {
      assertFailsWith(Failure.Transient.class, use);
    }
    assertThat(open().read()).contains(new Stored(term, Optional.empty(), Optional.of(OWNER)));
  }
}
