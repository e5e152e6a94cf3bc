package dev.millrace.testing;

import dev.millrace.model.Batch;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.Namespace;
import dev.millrace.model.Position;
import dev.millrace.source.CopySource;
import dev.millrace.source.Source;
import dev.millrace.source.SourceOpener;
import dev.millrace.source.StartFrom;
import dev.millrace.testing.Hooks.Point;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bson.BsonValue;

/** Opens sources with {@link Hooks} in them. */
record HookedOpener(Hooks hooks, SourceOpener inner) implements SourceOpener {
  @Override
  public Source open(Optional<Checkpoint> checkpoint, StartFrom first, CopyState.Edits edits) {
    hooks.aliveOrThrow();
    return new HookedSource(hooks, inner.open(checkpoint, first, edits));
  }

  @Override
  public CopySource copying(CopyState.Edits edits) {
    hooks.aliveOrThrow();
    return new HookedCopySource(hooks, inner.copying(edits));
  }

  private record HookedSource(Hooks hooks, Source inner) implements Source {
    /** Tests wait for what the stream says; a patient read would make each of them wait longer. */
    private static final long LONGEST_WAIT_MILLIS = 20;

    @Override
    public Position opened() {
      return inner.opened();
    }

    @Override
    public String deployment() {
      return inner.deployment();
    }

    @Override
    public String scope() {
      return inner.scope();
    }

    @Override
    public Batch poll(long waitMillis) {
      hooks.pass(Point.BEFORE_POLL, new Moment.Polling(null));
      Batch batch = inner.poll(Math.min(waitMillis, LONGEST_WAIT_MILLIS));
      hooks.pass(Point.AFTER_POLL, new Moment.Polling(batch));
      return batch;
    }

    @Override
    public void keepAlive() {
      inner.keepAlive();
    }

    @Override
    public void close() {
      inner.close();
    }
  }

  private record HookedCopySource(Hooks hooks, CopySource inner) implements CopySource {
    @Override
    public long now() {
      hooks.pass(Point.BEFORE_NOW, new Moment.Asking());
      return inner.now();
    }

    @Override
    public boolean follows(Namespace namespace) {
      return inner.follows(namespace);
    }

    @Override
    public Listing list(long after) {
      hooks.pass(Point.BEFORE_LIST, new Moment.Asking());
      Listing listing = inner.list(after);
      hooks.pass(Point.AFTER_LIST, new Moment.Asking());
      Map<Namespace, Entry> entries = new LinkedHashMap<>();
      listing.collections().forEach((name, entry) -> entries.put(name, hooks.entry(entry)));
      return new Listing(entries, listing.time());
    }

    @Override
    public List<BsonValue> cuts(Namespace namespace, Span span, int parts) {
      hooks.aliveOrThrow();
      return inner.cuts(namespace, span, parts);
    }

    @Override
    public Outcome read(Chunk asked) {
      Chunk chunk = hooks.chunk(asked);
      hooks.pass(Point.BEFORE_CHUNK, new Moment.Reading(chunk, null));
      // What is held above may decide what is read.
      Outcome outcome = inner.read(hooks.chunk(asked));
      if (outcome instanceof Outcome.Rows rows) {
        hooks.journal().read(chunk, rows);
      }
      hooks.pass(Point.AFTER_CHUNK, new Moment.Reading(chunk, outcome));
      return outcome;
    }

    @Override
    public Outcome find(Wanted wanted) {
      hooks.pass(Point.BEFORE_FIND, new Moment.Asking());
      Outcome outcome = inner.find(wanted);
      hooks.pass(Point.AFTER_FIND, new Moment.Asking());
      return outcome;
    }

    @Override
    public Optional<Long> oldest() {
      return inner.oldest();
    }

    @Override
    public void close() {
      inner.close();
    }
  }
}
