package dev.millrace.sink.sqlite;

import dev.millrace.config.SinkConfig;
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
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.bson.BsonString;

/**
 * A process of its own that delivers for ever, in parcels of many sizes: the n-th event inserts
 * document n, and behind it document n of another collection is copied. It prints a line when a
 * parcel is durable, and when it failed, how.
 */
final class Child {
  static final Namespace ORDERS = new Namespace("shop", "orders");
  static final Namespace ITEMS = new Namespace("shop", "items");
  private static final long FIRST_TIME = 1L << 32;
  private static final String TEXT = "x".repeat(1_000);

  private Child() {}

  public static void main(String[] args) {
    SinkConfig.Sqlite config = new SinkConfig.Sqlite(Path.of(args[0]), SinkConfig.Tables.USUAL);
    try (Sink sink = SqliteSink.open(config, "orders")) {
      deliver(sink, new Term(Long.parseLong(args[1])));
    } catch (MillraceException e) {
      System.out.println(e.failure().code());
    }
  }

  private static void deliver(Sink sink, Term term) {
    Optional<Checkpoint> start = sink.fence(term, Optional.empty());
    long next = start.map(Child::documents).orElse(0L);
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

  /** How many documents there are at a position. */
  static long documents(Checkpoint checkpoint) {
    return checkpoint.position().clusterTime() - FIRST_TIME + 1;
  }

  /**
   * @param wrap a shell line in which {@code "$@"} is this process
   */
  static Process start(Class<?> main, String wrap, String... arguments) throws IOException {
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
