package dev.millrace.sink.stdout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.config.SinkConfig;
import dev.millrace.json.JsonMode;
import dev.millrace.model.Change;
import dev.millrace.model.CommitPoint;
import dev.millrace.model.Failure;
import dev.millrace.model.Generation;
import dev.millrace.model.MillraceException;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import dev.millrace.testing.Changes;
import dev.millrace.testing.SinkContractTest;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class StdoutSinkTest extends SinkContractTest {
  private static final SinkConfig.Stdout RELAXED = new SinkConfig.Stdout(JsonMode.RELAXED);

  @TempDir Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ReentrantLock reading = new ReentrantLock();
  private final OutputStream pipe = new Pipe();

  @Override
  protected Sink openSink() {
    return new StdoutSink(RELAXED, pipe);
  }

  @Override
  protected Kind kind() {
    return Kind.LOG;
  }

  @Override
  protected Set<Trait> lacks() {
    return Set.of(
        Trait.KEEPS_POSITION,
        Trait.KEEPS_MISFITS,
        Trait.FENCES,
        Trait.FENCES_AT_ONCE,
        Trait.NOTICES_LOSS,
        Trait.GUARDS_VERSIONS);
  }

  @Override
  protected void loseAll() {
    out.reset();
  }

  @Override
  protected void whileStalled(ThrowingCallable body) throws Throwable {
    reading.lock();
    try {
      body.call();
    } finally {
      reading.unlock();
    }
  }

  /** While nobody reads, it takes half of what is written, and no interrupt ends the wait. */
  private final class Pipe extends OutputStream {
    @Override
    public void write(int single) {
      write(new byte[] {(byte) single}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      int half = length / 2;
      out.write(bytes, offset, half);
      reading.lock();
      try {
        out.write(bytes, offset + half, length - half);
      } finally {
        reading.unlock();
      }
    }
  }

  private List<String> lines() {
    return out.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Override
  protected List<BsonDocument> events() {
    return lines().stream().map(BsonDocument::parse).toList();
  }

  @Test
  void printsTheEventButForTheCollectionsUuid() {
    Change.Streamed change = source.insert(ORDERS, doc(1, "a\nb"));
    deliver(started(), FIRST, change);
    BsonDocument expected = asHeld(change.event().raw().toDocument());
    assertThat(expected.remove("collectionUUID")).isNotNull();
    assertThat(events()).containsExactly(expected);
    assertThat(out.toString(StandardCharsets.UTF_8)).endsWith("}\n");
  }

  @Test
  void keepsTypesInCanonicalMode() {
    Sink sink = new StdoutSink(new SinkConfig.Stdout(JsonMode.CANONICAL), out);
    Change.Streamed change = source.insert(ORDERS, doc(1, "a"));
    deliver(sink, FIRST, change);
    assertThat(lines().get(0)).contains("\"_id\": {\"$numberInt\": \"1\"}");
  }

  @Test
  void saysNothingOfACollectionThatCameIntoBeing() {
    Change.Streamed created = source.created(ORDERS);
    Parcel parcel = started().newParcel();
    parcel.add(created);
    assertThat(parcel.changes()).isEqualTo(1);
    assertThat(parcel.send(Changes.checkpoint(created, FIRST)).await().position())
        .isEqualTo(created.event().position());
    assertThat(lines()).isEmpty();
  }

  @Test
  void printsCopiedRowsAndMarksInTheirPlaces() {
    Change.Upsert before = source.insert(ORDERS, doc(1, "a"));
    Change.Upsert after = source.insert(ORDERS, doc(2, "b"));
    Generation generation = new Generation("82AA", 5L << 32);
    Sink sink = started();
    Parcel parcel = sink.newParcel();
    parcel.add(before);
    parcel.add(new Change.Reset(ORDERS, generation));
    parcel.add(new Change.Read(ORDERS, before.id(), before.document(), generation, 6L << 32 | 1));
    parcel.add(new Change.Swept(ORDERS, generation));
    parcel.add(new Change.Committed(new CommitPoint(7L << 32, true, "", List.of())));
    parcel.add(after);
    parcel.send(Changes.checkpoint(after, FIRST)).await();
    assertThat(events())
        .extracting(event -> event.getString("operationType").getValue())
        .containsExactly("insert", "reset", "read", "swept", "commit", "insert");
    assertThat(lines().get(2))
        .isEqualTo(
            """
            {"_id": {"_copy": "82AA"}, "operationType": "read", \
            "clusterTime": {"$timestamp": {"t": 6, "i": 1}}, \
            "ns": {"db": "shop", "coll": "orders"}, "documentKey": {"_id": 1}, \
            "fullDocument": {"_id": 1, "value": "a"}}\
            """);
    assertThat(sink.keepsCheckpoint()).isFalse();
  }

  @Test
  void aRowThatIsNoBsonLeavesTheParcelAsItWas() {
    Change.Upsert bad = source.malformed(ORDERS);
    Parcel parcel = started().newParcel();
    parcel.add(source.insert(ORDERS, doc(1, "a")));
    long bytes = parcel.bytes();
    Change row = new Change.Read(ORDERS, bad.id(), bad.document(), Generation.NONE, 1);
    assertThatThrownBy(() -> parcel.add(row))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> assertThat(e.failure().code()).isEqualTo("MR-SINK-MALFORMED"));
    assertThat(parcel.bytes()).isEqualTo(bytes);
  }

  @Test
  void failsWhenTheReaderIsGone() throws Exception {
    Path code = folder.resolve("code");
    List<String> command = new ArrayList<>(List.of("bash", "-c", "\"$@\" | head -1", "bash"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            Endless.class.getName(),
            code.toString()));
    Process child = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (BufferedReader lines = child.inputReader()) {
      assertThat(lines.readLine()).startsWith("{\"_id\": {\"_data\": ");
      assertThat(child.waitFor()).isZero();
    }
    assertThat(Files.readString(code)).isEqualTo("MR-STDOUT-CLOSED");
  }

  @Test
  @Timeout(60)
  void waitsForASlowReader() throws Exception {
    PipedInputStream reader = new PipedInputStream(1024);
    Sink sink = new StdoutSink(RELAXED, new PipedOutputStream(reader));
    sink.fence(FIRST, Optional.empty());
    Change.Streamed change = source.insert(ORDERS, doc(1, "x".repeat(10_000)));
    Parcel parcel = sink.newParcel();
    parcel.add(change);
    Delivery delivery = parcel.send(Changes.checkpoint(change, FIRST));
    Thread waiting = new Thread(delivery::await);
    waiting.start();
    assertThat(waiting.join(Duration.ofMillis(100))).isFalse();
    assertThat(reader.readNBytes((int) parcel.bytes())).hasSize((int) parcel.bytes());
    waiting.join();
  }

  /** As several pipelines do, and a pipeline that starts again while its reader stalls. */
  @Test
  @Timeout(60)
  void printsNothingBetweenTheHalvesOfAnothersLine() throws Throwable {
    Sink first = started();
    Sink second = started();
    List<Waiting> waiting = new ArrayList<>();
    whileStalled(() -> {
      Waiting ends = new Waiting(first, source.insert(ORDERS, doc(1, "a")));
      waiting.add(new Waiting(second, source.insert(ORDERS, doc(2, "b"))));
      first.close();
      assertFailsWith(Failure.Transient.class, ends::outcome);
    });
    waiting.getFirst().outcome();
    assertHolds(ORDERS, doc(1, "a"), doc(2, "b"));
  }

  @Test
  void leavesStandardOutputOpen() {
    Sink first = started();
    first.close();
    deliver(started(), FIRST, source.insert(ORDERS, doc(1, "a")));
    assertThat(lines()).hasSize(1);
    assertThatThrownBy(() -> deliver(first, FIRST, source.insert(ORDERS, doc(2, "b"))))
        .isInstanceOf(MillraceException.class);
  }

  /** Prints for ever to its standard output. */
  static final class Endless {
    private Endless() {}

    public static void main(String[] args) throws Exception {
      Changes source = new Changes();
      try (Sink sink = new StdoutSink(RELAXED)) {
        while (true) {
          deliver(sink, FIRST, source.insert(ORDERS, doc(1, "a")));
        }
      } catch (MillraceException e) {
        Files.writeString(Path.of(args[0]), e.failure().code());
      }
    }
  }
}
