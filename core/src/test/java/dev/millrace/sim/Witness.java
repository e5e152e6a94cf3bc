package dev.millrace.sim;

import dev.millrace.model.Namespace;
import dev.millrace.model.Position;
import dev.millrace.source.CopySource.Chunk;
import dev.millrace.source.CopySource.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Remembers what was read, sent and written, for whoever asks later; only in scripted runs. */
final class Witness {
  /** One read of a collection. */
  record Read(Instance instance, Chunk chunk, Outcome outcome) {}

  private final List<Item> written = new ArrayList<>();
  private final List<Read> reads = new ArrayList<>();
  private final Map<Baton.Actor, Chunk> ordered = new HashMap<>();
  private final Map<Instance, List<Item>> sending = new HashMap<>();
  private boolean watching;

  void watch() {
    watching = true;
  }

  void wrote(Item item) {
    if (watching) {
      written.add(item);
    }
  }

  void orders(Baton.Actor reader, Chunk chunk) {
    if (watching) {
      ordered.put(reader, chunk);
    }
  }

  void read(Instance instance, Chunk chunk, Outcome outcome) {
    if (watching) {
      reads.add(new Read(instance, chunk, outcome));
    }
  }

  void sends(Instance instance, List<Item> items) {
    if (watching) {
      sending.put(instance, List.copyOf(items));
    }
  }

  /** All that was written, in that order; more than once where it was. */
  List<Item> written() {
    return written;
  }

  /** The parcel that an instance sent last. */
  List<Item> sending(Instance instance) {
    return sending.getOrDefault(instance, List.of());
  }

  /** What a reader reads now, or read last. */
  boolean isReading(Baton.Actor reader, Namespace namespace) {
    Chunk chunk = ordered.get(reader);
    return chunk != null && chunk.namespace().equals(namespace);
  }

  List<Read> reads() {
    return reads;
  }

  List<Read> reads(Namespace namespace) {
    return reads.stream().filter(it -> it.chunk().namespace().equals(namespace)).toList();
  }

  /** What was written of a document: events and copied rows. */
  List<Item.Row> rows(Namespace namespace, int key) {
    return rows(namespace).stream().filter(row -> row.key() == key).toList();
  }

  List<Item.Row> rows(Namespace namespace) {
    return written.stream()
        .filter(Item.Row.class::isInstance)
        .map(Item.Row.class::cast)
        .filter(row -> row.namespace().equals(namespace))
        .toList();
  }

  List<Item.Row> copied(Namespace namespace) {
    return rows(namespace).stream().filter(Item.Row::isCopied).toList();
  }

  List<Item.Row> copied(Namespace namespace, int key) {
    return rows(namespace, key).stream().filter(Item.Row::isCopied).toList();
  }

  /** How often an event was written. */
  long times(Op op) {
    return written.stream().filter(item -> op.token().equals(Item.tokenOf(item))).count();
  }

  /** Where in what was written an event is first; -1 where it is not. */
  int indexOf(Op op) {
    Position token = op.token();
    for (int n = 0; n < written.size(); n++) {
      if (token.equals(Item.tokenOf(written.get(n)))) {
        return n;
      }
    }
    return -1;
  }

  <T extends Item> List<T> all(Class<T> kind, @Nullable Namespace namespace) {
    return written.stream()
        .filter(kind::isInstance)
        .map(kind::cast)
        .filter(item -> namespace == null || item.namespace().equals(namespace))
        .toList();
  }
}
