package dev.millrace.sim;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.Namespace;
import dev.millrace.model.Position;
import dev.millrace.model.Term;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What all instances write to. */
final class SimSinkServer {
  /**
   * What one parcel asks for.
   *
   * @param expected the log's last sequence as the writer knows it
   */
  record Request(List<Item> items, Checkpoint through, long expected, String from) {}

  final View view;
  private final World world;
  private final SinkKind kind;
  private final List<Request> onTheWay = new ArrayList<>();
  private final Set<String> copied = new HashSet<>();
  private final Set<Position> known = new HashSet<>();
  private @Nullable Checkpoint state;
  private @Nullable Position lastToken;
  private Term fencedBy = Term.NONE;
  private long sequence;
  private long latestPoint;
  private Term pointOf = Term.NONE;

  SimSinkServer(World world, SinkKind kind) {
    this.world = world;
    this.kind = kind;
    this.view = new View(kind, world.mongo.keys.count());
  }

  @Nullable Checkpoint state() {
    return state;
  }

  long sequence() {
    return sequence;
  }

  Optional<Checkpoint> fence(Term term, Optional<Checkpoint> stored) {
    return switch (kind.fence) {
      case NONE -> stored;
      case TERM -> fenceByTerm(term, stored);
      case SEQUENCE -> fenceBySequence(term, stored);
    };
  }

  private Optional<Checkpoint> fenceByTerm(Term term, Optional<Checkpoint> stored) {
    if (fencedBy.compareTo(term) > 0) {
      throw Failure.fenced("the table was fenced by term " + fencedBy, fencedBy);
    }
    fencedBy = term;
    // Taking the fence waits for the transactions of this term that are under way, or ends them.
    onTheWay.removeIf(request -> request.through().term().equals(term));
    Checkpoint own = copyOf(state);
    return own != null && (stored.isEmpty() || own.supersedes(stored.get()))
        ? Optional.of(own)
        : stored;
  }

  /** As JetStream's sink decides: by the last message, the stored checkpoint and its mark. */
  private Optional<Checkpoint> fenceBySequence(Term term, Optional<Checkpoint> stored) {
    Checkpoint own = copyOf(state);
    long last = world.mutant.lastSequence(world, this);
    if (own != null && own.term().compareTo(term) > 0) {
      throw Failure.fenced("the log was written by term " + own.term(), own.term());
    }
    boolean ownHolds =
        own != null
            && (stored.isEmpty()
                || own.supersedes(stored.get())
                || last > Long.parseLong(orZero(stored.get().mark())));
    Optional<Checkpoint> holds = ownHolds ? Optional.ofNullable(own) : stored;
    return holds.map(it -> it.marked(Long.toString(last)));
  }

  private static String orZero(String mark) {
    return mark.isEmpty() ? "0" : mark;
  }

  /** Through bytes and back, as everything stored goes. */
  private static @Nullable Checkpoint copyOf(@Nullable Checkpoint checkpoint) {
    return checkpoint == null ? null : Checkpoint.of(checkpoint.toDocument());
  }

  /** The writer gave up waiting; it may still come, or never. */
  void leaveOnTheWay(Request request) {
    onTheWay.add(request);
  }

  /** Something that was on the way arrives, or is lost. */
  void lateArrival() {
    if (onTheWay.isEmpty()) {
      return;
    }
    Request request = onTheWay.remove(world.random.nextInt(onTheWay.size()));
    if (world.random.nextInt(3) == 0) {
      return;
    }
    // Whoever waits no longer tells nobody of commit points: they are a row of an open connection.
    List<Item> items =
        kind.hasVersions
            ? request.items().stream().filter(item -> !(item instanceof Item.Committed)).toList()
            : request.items();
    try {
      world.trace.say(() -> "  late, of " + request.from() + ":");
      apply(
          new Request(items, request.through(), request.expected(), request.from()), items.size());
    } catch (dev.millrace.model.MillraceException refused) {
      world.trace.say(() -> "  refused: " + refused.getMessage());
    }
  }

  /**
   * Writes.
   *
   * @param most how many items of it, where it is not all or nothing
   * @throws dev.millrace.model.MillraceException where the writer is shut out
   */
  void apply(Request request, int most) {
    checkFence(request);
    if (kind.isAtomic()) {
      for (Item item : request.items()) {
        write(item, request);
      }
      // Rows, checkpoint and commit point are one unit: none is to be seen without the others.
      sequence += Math.max(1, request.items().size());
      Checkpoint through =
          kind.fence == SinkKind.Fence.SEQUENCE
              ? request.through().marked(Long.toString(sequence))
              : request.through();
      state = through;
      world.auditor.durable(through, "sink");
      world.auditor.unit(request.items(), through.scope());
      request.items().forEach(item -> publish(item, request));
      world.auditor.applied();
    } else {
      for (int n = 0; n < most; n++) {
        write(request.items().get(n), request);
        publish(request.items().get(n), request);
        world.auditor.applied();
        if (n < most - 1) {
          world.baton.pause("writing");
        }
      }
    }
  }

  private void checkFence(Request request) {
    if (kind.fence == SinkKind.Fence.TERM
        && !fencedBy.equals(request.through().term())
        && world.mutant.checksTerm()) {
      throw Failure.fenced("the table was fenced by term " + fencedBy, fencedBy);
    }
    if (kind.fence == SinkKind.Fence.SEQUENCE && request.expected() != sequence) {
      Checkpoint own = state;
      if (own != null && own.term().compareTo(request.through().term()) > 0) {
        throw Failure.fenced("the log was written by term " + own.term(), own.term());
      }
      throw Failure.transientFailure("MR-SEQUENCE", "the log ends at " + sequence, null);
    }
  }

  private void write(Item item, Request request) {
    world.trace.say(() -> "    sink " + item + " from " + request.from());
    world.witness.wrote(item);
    if (kind == SinkKind.LOG_WITH_STATE) {
      checkOnce(item);
    }
    Position token = Item.tokenOf(item);
    if (kind == SinkKind.LOG_WITHOUT_DUPLICATES && token != null && !known.add(token)) {
      return;
    }
    if (item instanceof Item.Row row && row.isCopied()) {
      world.rowsCopied++;
      world.rowsRenewed += row.isRenewed() ? 1 : 0;
    }
    view.apply(item, request.through().scope());
  }

  private void publish(Item item, Request request) {
    if (item instanceof Item.Committed committed && !isOvertaken(committed, request)) {
      world.auditor.published(committed.point(), request.through().scope());
    }
  }

  /** Who shuts nobody out keeps the point of the latest term, and of that the latest. */
  private boolean isOvertaken(Item.Committed committed, Request request) {
    int order = request.through().term().compareTo(pointOf);
    long time = committed.point().time();
    if (kind.hasVersions
        && (order < 0 || (order == 0 && committed.point().consistent() && time < latestPoint))) {
      return true;
    }
    pointOf = request.through().term();
    latestPoint = time;
    return false;
  }

  /** Such a log has every event once and in order, and every row once per generation. */
  private void checkOnce(Item item) {
    Position token = Item.tokenOf(item);
    if (token != null) {
      Position last = lastToken;
      if (last != null && token.compareTo(last) <= 0) {
        throw new Violation("exactly once: " + item + " comes behind " + Trace.of(last));
      }
      lastToken = token;
    }
    if (item instanceof Item.Row row && row.copiedIn() != null && !row.isRenewed()) {
      Namespace namespace = row.namespace();
      if (!copied.add(namespace + " " + row.copiedIn().id() + " " + row.key())) {
        throw new Violation("a row twice in one generation: " + row);
      }
    }
  }
}
