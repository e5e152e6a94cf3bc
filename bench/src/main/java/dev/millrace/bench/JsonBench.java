package dev.millrace.bench;

import dev.millrace.json.BsonJson;
import dev.millrace.json.JsonBuffer;
import dev.millrace.json.JsonMode;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonArray;
import org.bson.BsonBinaryReader;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.RawBsonDocument;
import org.bson.codecs.BsonDocumentCodec;
import org.bson.json.JsonWriter;

/**
 * BSON to relaxed Extended JSON: the driver in both of its ways, and ours, over the same documents,
 * in one JVM and by one thread, taking turns after a warm-up. The driver's ways end with a string,
 * ours with the UTF-8 bytes that a message needs; its further step to bytes is not held against it.
 */
final class JsonBench {
  private static final int DOCUMENTS = 3_000;
  private static final int WARM_UP_TURNS = 4;
  private static final long TURN_NANOS = 700_000_000L;

  private final List<RawBsonDocument> raw = new ArrayList<>();
  private final List<byte[]> bytes = new ArrayList<>();
  private final JsonBuffer buffer = new JsonBuffer();

  /** Keeps the compiler from leaving the work out. */
  private long characters;

  private JsonBench(Orders orders) {
    for (int i = 0; i < DOCUMENTS; i++) {
      RawBsonDocument document = new RawBsonDocument(orders.document(i), new BsonDocumentCodec());
      ByteBuffer content = document.getByteBuffer().asNIO();
      byte[] copy = new byte[content.remaining()];
      content.get(copy);
      raw.add(new RawBsonDocument(copy));
      bytes.add(copy);
    }
  }

  /** A field for each way, with documents per second turn by turn. */
  static BsonDocument run(Orders orders, int turns) {
    JsonBench bench = new JsonBench(orders);
    bench.check();
    for (int i = 0; i < WARM_UP_TURNS; i++) {
      bench.round();
    }
    BsonArray driver = new BsonArray();
    BsonArray pipe = new BsonArray();
    BsonArray ours = new BsonArray();
    for (int i = 0; i < turns; i++) {
      double[] rates = bench.round();
      driver.add(new BsonDouble(rates[0]));
      pipe.add(new BsonDouble(rates[1]));
      ours.add(new BsonDouble(rates[2]));
    }
    if (bench.characters == 0) {
      throw new IllegalStateException("nothing was written");
    }
    return new BsonDocument("driver", driver).append("driverPipe", pipe).append("ours", ours);
  }

  private double[] round() {
    return new double[] {
      rate(i -> toJson(raw.get(i)).length()),
      rate(i -> pipe(bytes.get(i)).length()),
      rate(this::ours)
    };
  }

  /** All three must say the same, or their times could not be compared. */
  private void check() {
    for (int i = 0; i < DOCUMENTS; i++) {
      String wanted = toJson(raw.get(i));
      ours(i);
      String got = new String(buffer.toByteArray(), StandardCharsets.UTF_8);
      if (!wanted.equals(got) || !wanted.equals(pipe(bytes.get(i)))) {
        throw new IllegalStateException("the writers differ:\n" + wanted + "\n" + got);
      }
    }
  }

  @FunctionalInterface
  private interface Way {
    int write(int document);
  }

  private double rate(Way way) {
    long start = System.nanoTime();
    long written = 0;
    while (System.nanoTime() - start < TURN_NANOS) {
      for (int i = 0; i < DOCUMENTS; i++) {
        characters += way.write(i);
      }
      written += DOCUMENTS;
    }
    return written / ((System.nanoTime() - start) / 1e9);
  }

  private static String toJson(RawBsonDocument document) {
    return document.toJson(PlainRelay.RELAXED);
  }

  private static String pipe(byte[] document) {
    StringWriter text = new StringWriter(document.length * 2);
    try (BsonBinaryReader reader = new BsonBinaryReader(ByteBuffer.wrap(document))) {
      new JsonWriter(text, PlainRelay.RELAXED).pipe(reader);
    }
    return text.toString();
  }

  private int ours(int i) {
    buffer.clear();
    BsonJson.document(bytes.get(i), 0, JsonMode.RELAXED, buffer);
    return buffer.size();
  }
}
