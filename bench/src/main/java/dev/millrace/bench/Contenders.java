package dev.millrace.bench;

import dev.millrace.config.Secret;
import dev.millrace.config.SinkConfig;
import dev.millrace.json.JsonMode;
import dev.millrace.sink.Sink;
import dev.millrace.sink.jetstream.JetStreamSink;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** All contenders by name, in the order of a round. */
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

  static Entry named(String name) {
    return ALL.stream()
        .filter(entry -> entry.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no contender " + name));
  }

  static EngineRun jetStream() {
    return EngineRun.to(Contenders::jetStreamSink);
  }

  private static Supplier<Sink> jetStreamSink(Course course) {
    SinkConfig.JetStream config =
        new SinkConfig.JetStream(
            List.of(new Secret(course.natsUrl())),
            course.stream(),
            new SinkConfig.NatsLogin.None(),
            Optional.empty(),
            false,
            JsonMode.RELAXED,
            1);
    return () -> JetStreamSink.open(config, course.stream());
  }
}
