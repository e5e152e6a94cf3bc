package dev.millrace.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.CopyState;
import dev.millrace.model.Generation;
import dev.millrace.model.KeyRange;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.model.Term;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import dev.millrace.testing.Changes;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.bson.BsonString;

/**
 * What a process of its own does that is to be killed: it delivers for ever, in parcels of many
 * sizes. The n-th event inserts document n, and behind it document n of another collection is
 * copied. It prints a line when a parcel is durable, and when it failed, how.
 */
public final class EndlessDelivery {
  /** The pipeline that delivers. */
  public static final String PIPELINE = "orders";

  private static final Namespace ORDERS = new Namespace("shop", "orders");
  private static final Namespace ITEMS = new Namespace("shop", "items");
  private static final long FIRST_TIME = 1L << 32;
  private static final String TEXT = "x".repeat(1_000);

  private EndlessDelivery() {}

  /** Returns when it failed. */
  public static void run(Supplier<Sink> opened, Term term) {
    try (Sink sink = opened.get()) {
      deliver(sink, term);
    } catch (MillraceException e) {
      System.out.println(e.failure().code());
    }
  }

  private static void deliver(Sink sink, Term term) {
    Optional<Checkpoint> start = sink.fence(term, Optional.empty());
    long next = start.map(EndlessDelivery::documents).orElse(0L);
    Changes source = new Changes(FIRST_TIME + next);
    Delivery before = null;
    while (true) {
      Parcel parcel = sink.newParcel();
      BsonInt64 id;
      do {
        id = new BsonInt64(next++);
        BsonDocument document = new BsonDocument("_id", id).append("text", new BsonString(TEXT));
        parcel.add(source.insert(ORDERS, document));
        parcel.add(source.read(ITEMS, document, Generation.NONE));
      } while (!parcel.isFull() && next % 4_001 != 0);
      if (before != null) {
        System.out.println(documents(before.await()));
      }
      before = parcel.send(source.checkpoint(term).with(copied(id)));
    }
  }

  private static CopyState copied(BsonInt64 through) {
    CollectionCopy copy =
        CollectionCopy.pending(null, Generation.NONE, false)
            .withRanges(List.of(KeyRange.ALL.through(through, false)), through.getValue() + 1);
    return new CopyState(
        true, through.getValue(), true, Map.of(ITEMS, copy), 0, 0, false, CopyState.Edits.NONE);
  }

  private static long documents(Checkpoint checkpoint) {
    return checkpoint.position().clusterTime() - FIRST_TIME + 1;
  }

  /**
   * Exactly the documents up to the position are there, and the rows up to the range's end; returns
   * how many.
   */
  public static long assertWhole(Reading reading, Checkpoint checkpoint) {
    long documents = documents(checkpoint);
    CollectionCopy copy = checkpoint.copy().collections().values().iterator().next();
    assertThat(copy.copied()).isEqualTo(documents);
    assertThat(copy.ranges().getFirst().done()).isEqualTo(new BsonInt64(documents - 1));
    for (String table : List.of("orders", "items")) {
      assertThat(reading.query("SELECT count(*), max(CAST(id AS INTEGER)) FROM " + table))
          .containsExactly(List.of(Long.toString(documents), Long.toString(documents - 1)));
    }
    return documents;
  }

  /** The next line of such a process, which says that so many documents are durable. */
  public static long number(BufferedReader lines) throws IOException {
    String line = lines.readLine();
    assertThat(line).matches("\\d+");
    return Long.parseLong(line);
  }

  /**
   * Starts a process.
   *
   * @param main has a {@code main} that calls {@link #run}
   * @param wrap a shell line in which {@code "$@"} is this process
   */
  public static Process start(Class<?> main, String wrap, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "bash",
                "-c",
                wrap,
                "bash",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:-UsePerfData",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }
}
