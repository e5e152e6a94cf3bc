package dev.millrace.letters;

import dev.millrace.model.Namespace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.bson.BsonValue;

/**
 * Has the documents of some letters told again, and sees what came of it. The documents come as
 * they are now, at their place in the stream, so nothing that came after a letter is overwritten.
 */
public final class Replay {
  private final Supplier<DeadLetterBox> boxes;
  private final BiFunction<Namespace, List<BsonValue>, CompletableFuture<Void>> renewing;
  private final Executor reading;

  /**
   * @param boxes opens the letters; each is closed again
   * @param renewing has documents told again; done when they are durable in the sink
   * @param reading where letters are read
   */
  public Replay(
      Supplier<DeadLetterBox> boxes,
      BiFunction<Namespace, List<BsonValue>, CompletableFuture<Void>> renewing,
      Executor reading) {
    this.boxes = boxes;
    this.renewing = renewing;
    this.reading = reading;
  }

  /**
   * What came of it.
   *
   * @param asked how many letters were looked at
   * @param ended how many of them are none any more
   * @param remaining the others, as they are now
   * @param unknown of how many nobody knows the {@code _id}, so that nobody could be asked
   * @param next to go on from; empty where there were no more
   */
  public record Outcome(
      int asked, int ended, List<DeadLetter> remaining, int unknown, Optional<Address> next) {}

  /** The letters in hand, with those that can be asked for. */
  private record Portion(List<DeadLetter> letters, Map<Namespace, List<BsonValue>> ids) {
    int unknown() {
      return letters.size() - ids.values().stream().mapToInt(List::size).sum();
    }
  }

  /**
   * Replays one portion.
   *
   * @param limit the most letters, up to {@link DeadLetterBox#PAGE}
   * @return fails with what the box or the pipeline failed with
   */
  public CompletableFuture<Outcome> portion(Which which, Optional<Address> after, int limit) {
    return CompletableFuture.supplyAsync(() -> read(which, after, limit), reading)
        .thenCompose(
            portion -> renewed(portion).thenApplyAsync(done -> judged(portion, limit), reading));
  }

  private Portion read(Which which, Optional<Address> after, int limit) {
    try (DeadLetterBox box = boxes.get()) {
      List<DeadLetter> letters = box.page(which, after, limit);
      Map<Namespace, List<BsonValue>> ids = new LinkedHashMap<>();
      for (DeadLetter letter : letters) {
        letter
            .key()
            .or(() -> box.find(letter.address()).flatMap(DeadLetter::key))
            .ifPresent(
                id -> ids.computeIfAbsent(letter.namespace(), any -> new ArrayList<>()).add(id));
      }
      return new Portion(letters, ids);
    }
  }

  /** One collection after another, so that what fails is told of before more is begun. */
  private CompletableFuture<Void> renewed(Portion portion) {
    CompletableFuture<Void> all = CompletableFuture.completedFuture(null);
    for (Map.Entry<Namespace, List<BsonValue>> each : portion.ids().entrySet()) {
      all = all.thenCompose(done -> begun(each.getKey(), each.getValue()));
    }
    return all;
  }

  private CompletableFuture<Void> begun(Namespace namespace, List<BsonValue> ids) {
    try {
      return renewing.apply(namespace, ids);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private Outcome judged(Portion portion, int limit) {
    List<DeadLetter> letters = portion.letters();
    List<DeadLetter> remaining = new ArrayList<>();
    try (DeadLetterBox box = boxes.get()) {
      for (DeadLetter letter : letters) {
        box.find(letter.address()).map(DeadLetter::withoutDocument).ifPresent(remaining::add);
      }
    }
    return new Outcome(
        letters.size(),
        letters.size() - remaining.size(),
        remaining,
        portion.unknown(),
        letters.size() < limit ? Optional.empty() : Optional.of(letters.getLast().address()));
  }
}
