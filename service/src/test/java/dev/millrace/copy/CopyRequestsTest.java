package dev.millrace.copy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.CopyRequest;
import dev.millrace.engine.CopyView;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.Generation;
import dev.millrace.model.Namespace;
import dev.millrace.testing.Gate;
import dev.millrace.testing.Hooks.Point;
import dev.millrace.testing.Moment;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;

/** What is asked of a pipeline while it runs and is written to: done, kept, and exact. */
class CopyRequestsTest extends Scenario {
  @OnTableAndLog
  @DisplayName("add: only what is new is copied, the stream goes on, a restart keeps it")
  void addsACollectionWhileItRuns(Pipe.Target target) throws Exception {
    Origin origin = origin().fill("a", 0, 50).fill("b", 0, 200);
    Pipe pipe = pipe(target).following("a");
    pipe.hooks.rowsPerChunk(20);
    pipe.start().awaitCommit(origin.time());
    Busy busy = new Busy("a", "b");
    pipe.request(new CopyRequest.Add(List.of("b")));
    pipe.await("b copied", view -> isDone(view, "b"));
    pipe.kill();
    pipe.start().await("a restart that knows", view -> view.edits().added().contains("b"));
    pipe.awaitCommit(busy.stop());
    pipe.following("a", "b").judge();
    assertThat(pipe.delivered(Change.Read.class, "a")).isEqualTo(50);
    assertThat(pipe.delivered(Change.Read.class, "b")).isBetween(1L, 260L);
  }

  @OnTableAndLog
  @DisplayName("remove, and add again: a new generation, and what is gone at the source is swept")
  void aCollectionAddedAgainIsCopiedAnew(Pipe.Target target) throws Exception {
    Origin origin = origin().fill("a", 0, 50).fill("b", 0, 50);
    Pipe pipe = pipe(target);
    pipe.start().awaitCommit(origin.time());
    Generation before = generation(pipe, "b");
    Busy busy = new Busy("a");
    pipe.request(new CopyRequest.Remove(List.of("b")));
    pipe.await("b gone from the list", view -> view.listed() && view.collections().size() == 1);
    origin.delete("b", 7).update("b", 8, "while nobody looked").insert("b", 70, "new");
    pipe.awaitCommit(origin.time());
    pipe.request(new CopyRequest.Add(List.of("b")));
    pipe.await("b copied", view -> isDone(view, "b") && view.commit().consistent());
    pipe.awaitCommit(busy.stop());
    pipe.judge();
    assertThat(pipe.delivered(Change.Read.class, "b")).isEqualTo(100);
    assertThat(generation(pipe, "b")).isNotEqualTo(before);
  }

  @OnTableAndLog
  @DisplayName("again: one collection is copied anew beside its own writes")
  void copiesACollectionAgain(Pipe.Target target) throws Exception {
    Origin origin = origin().fill("a", 0, 300).fill("b", 0, 10);
    Pipe pipe = pipe(target);
    pipe.hooks.rowsPerChunk(20);
    pipe.start().awaitCommit(origin.time());
    Busy busy = new Busy("a", "b");
    pipe.request(new CopyRequest.Again(List.of("a")));
    pipe.awaitDelivered(Change.Swept.class, "a", 1);
    pipe.awaitCommit(busy.stop());
    pipe.judge();
    assertThat(pipe.delivered(Change.Read.class, "b")).isEqualTo(10);
    assertThat(pipe.delivered(Change.Reset.class, "a")).isEqualTo(1);
  }

  @OnTableAndLog
  @DisplayName("40: pause and resume, over a restart; duplicate requests; exact, and nothing twice")
  void pausesAndResumesWhereItWas(Pipe.Target target) throws Exception {
    Origin origin = origin().fill("a", 0, 200).fill("b", 0, 100);
    Pipe pipe = pipe(target).readers(1);
    pipe.hooks.rowsPerChunk(10);
    Gate third = pipe.hooks.hold(Point.BEFORE_CHUNK, Moment.after(2, Moment.of(pipe.named("a"))));
    pipe.start();
    third.awaitReached();
    Busy busy = new Busy("b");
    pipe.request(new CopyRequest.Pause(List.of("a")));
    pipe.request(new CopyRequest.Pause(List.of("a")));
    third.release();
    pipe.await("b copied", view -> isDone(view, "b"));
    long copied = pipe.delivered(Change.Read.class, "a");
    assertThat(copied).isLessThan(200);
    assertThat(pipe.supervisor().copy().commit().consistent()).isFalse();
    pipe.kill();
    pipe.start().await("a restart that knows", view -> isPaused(view, "a"));
    origin.update("a", 1, "x").update("a", 150, "y").delete("a", 151);
    pipe.awaitDelivered(Change.Delete.class, "a", 1);
    assertThat(pipe.delivered(Change.Read.class, "a")).isEqualTo(copied);

    pipe.request(new CopyRequest.Resume(List.of("a")));
    pipe.request(new CopyRequest.Resume(List.of("a")));
    pipe.await("a copied", view -> isDone(view, "a"));
    pipe.awaitCommit(busy.stop());
    pipe.judge();
    assertThat(pipe.delivered(Change.Read.class, "a")).isEqualTo(199);
  }

  @OnTableAndLog
  @DisplayName(
      "40: the collection that is being copied, and one that waits, are removed: the rest goes on")
  void removingWhatIsCopiedUnblocksTheRest(Pipe.Target target) throws Exception {
    Origin origin = origin().fill("a", 0, 30).fill("b", 0, 30).fill("c", 0, 30);
    Pipe pipe = pipe(target).following("a", "b", "c");
    Gate a = pipe.hooks.hold(Point.BEFORE_CHUNK, Moment.of(pipe.named("a")));
    Gate b = pipe.hooks.hold(Point.AFTER_CHUNK, Moment.of(pipe.named("b")));
    pipe.start();
    a.awaitReached();
    b.awaitReached();
    CompletableFuture<Void> first = pipe.supervisor().request(new CopyRequest.Remove(List.of("a")));
    CompletableFuture<Void> second =
        pipe.supervisor().request(new CopyRequest.Remove(List.of("a", "b")));
    a.release();
    b.release();
    first.get(30, TimeUnit.SECONDS);
    try {
      second.get(30, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      // It came while the pipeline started anew: asked again, as it says.
      assertThat(e).hasMessageContaining("MR-NOT-RUNNING");
      pipe.await("the start", CopyView::active);
      pipe.request(new CopyRequest.Remove(List.of("a", "b")));
    }
    origin.update("c", 1, "x");
    pipe.await("a start without them", view -> view.listed() && view.collections().size() == 1);
    pipe.awaitCommit(origin.time());
    pipe.following("c").judge();
    assertThat(pipe.supervisor().copy().commit().excluded()).isEmpty();
  }

  @OnTableAndLog
  @DisplayName("a rename into scope beside other requests: copied once")
  void aRenameIntoScopeBesideRequestsIsCopied(Pipe.Target target) throws Exception {
    Origin origin = origin().fill("a", 0, 30).fill("outside", 0, 40);
    Pipe pipe = pipe(target).following("a", "late");
    pipe.hooks.rowsPerChunk(10);
    pipe.start().awaitCommit(origin.time());
    CompletableFuture<Void> again = pipe.supervisor().request(new CopyRequest.Again(List.of("a")));
    origin.rename("outside", "late").delete("late", 5);
    again.get(30, TimeUnit.SECONDS);
    pipe.awaitCommit(origin.time());
    assertThat(pipe.judge().documents()).isEqualTo(69);
  }

  @OnTableAndLog
  @DisplayName("a request that names nothing there is refused, and nothing changes")
  void refusesWhatItDoesNotKnow(Pipe.Target target) throws Exception {
    Origin origin = origin().fill("a", 0, 10);
    Pipe pipe = pipe(target);
    pipe.start().awaitCommit(origin.time());
    assertThat(pipe.supervisor().request(new CopyRequest.Again(List.of("nothing"))))
        .failsWithin(30, TimeUnit.SECONDS)
        .withThrowableThat()
        .withMessageContaining("MR-COLLECTION-UNKNOWN");
    pipe.stop();
    Checkpoint kept = pipe.stored().orElseThrow();
    assertThat(kept.copy().edits().isEmpty()).isTrue();
    assertThat(kept.copy().isAnyPending()).isFalse();
  }

  /** As stored: a sink that keeps the checkpoint is ahead of the store. */
  private static Generation generation(Pipe pipe, String collection) {
    Namespace name = pipe.named(collection);
    pipe.until("stored", () -> stored(pipe, name) != null);
    return Objects.requireNonNull(stored(pipe, name)).generation();
  }

  private static @Nullable CollectionCopy stored(Pipe pipe, Namespace name) {
    return pipe.stored().map(kept -> kept.copy().collections().get(name)).orElse(null);
  }

  private static boolean isDone(CopyView view, String collection) {
    return view.collections().stream()
        .anyMatch(it ->
            it.namespace().collection().equals(collection)
                && it.status() == CollectionCopy.Status.DONE);
  }

  private static boolean isPaused(CopyView view, String collection) {
    return view.collections().stream()
        .anyMatch(it -> it.namespace().collection().equals(collection) && it.paused());
  }

  /** Writes on, by a session of its own, until stopped, at the latest with the test. */
  private final class Busy {
    private final AtomicBoolean over = new AtomicBoolean();
    private final CompletableFuture<Long> time;

    Busy(String... collections) {
      time = CompletableFuture.supplyAsync(() -> write(collections));
      atEnd(this::stop);
    }

    private long write(String... collections) {
      Origin origin = new Origin(servers(), database);
      for (int i = 0; !over.get(); i++) {
        String name = collections[i % collections.length];
        origin.update(name, i % 40, "busy " + i);
        origin.insert(name, 100_000 + i, "busy").delete(name, 100_000 + i - 3);
      }
      return origin.time();
    }

    /** When it wrote last. */
    long stop() {
      over.set(true);
      return time.join();
    }
  }
}
