package dev.millrace.bench;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** All that read or deliver a stream, by name, in the order of a round. */
final class Contenders {
  /** One of them; see {@link Contender}. */
  record Entry(
      String name, Supplier<Contender> contender, String anchor, String heap, String what) {}

  static final String RAW = "raw";
  static final String WATCH = "watch";
  static final String NULL = "null";
  static final String PUBLISH = "publish";
  static final String RELAY = "relay";
  static final String JETSTREAM = "jetstream";
  static final String JETSTREAM_256M = "jetstream-256m";

  private static final String HEAP = "1g";

  private static final List<Entry> ALL =
      List.of(
          new Entry(RAW, RawLoop::new, "", HEAP, "raw aggregate and getMore, events counted"),
          new Entry(WATCH, DriverWatch::new, RAW, HEAP, "driver's watch, raw events counted"),
          new Entry(NULL, EngineRun::toNull, RAW, HEAP, "Millrace to a null sink"),
          new Entry(PUBLISH, BarePublish::new, "", HEAP, "ready bodies published, 1,000 in flight"),
          new Entry(RELAY, PlainRelay::new, "", HEAP, "plain relay: watch, toJson, async publish"),
          new Entry(JETSTREAM, Contenders::jetStream, RELAY, HEAP, "Millrace to JetStream"),
          new Entry(
              JETSTREAM_256M,
              Contenders::jetStream,
              JETSTREAM,
              "256m",
              "Millrace to JetStream, heap of 256 MiB"));

  private Contenders() {}

  static List<Entry> all() {
    return ALL;
  }

  /** One of these or of {@link CopyContenders}; null where there is none of that name. */
  static @Nullable Entry find(String name) {
    return Stream.concat(ALL.stream(), CopyContenders.all().stream())
        .filter(entry -> entry.name().equals(name))
        .findFirst()
        .orElse(null);
  }

  static Entry named(String name) {
    Entry found = find(name);
    if (found == null) {
      throw new IllegalArgumentException("no contender " + name);
    }
    return found;
  }

  static EngineRun jetStream() {
    return EngineRun.to(Plans::jetStream);
  }
}
