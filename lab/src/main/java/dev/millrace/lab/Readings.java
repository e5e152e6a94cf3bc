package dev.millrace.lab;

import com.mongodb.client.model.PushOptions;
import com.mongodb.client.model.Updates;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.bson.BsonArray;
import org.bson.BsonBoolean;
import org.bson.BsonDateTime;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.bson.conversions.Bson;

/**
 * Documents of the plain kind, as a sensor's readings: every field has one type in all of them, so
 * that a table with typed columns takes them, and none is ever null.
 */
final class Readings implements Documents {
  // 2023-11-14, so that nothing depends on when the workload runs.
  private static final long START_MILLIS = 1_700_000_000_000L;
  // What a document takes without its padding, roughly.
  private static final int BARE_BYTES = 380;
  private static final int MOST_SAMPLES = 8;
  private static final String[] BUILDINGS = {"mill", "weir", "lock", "pump house"};
  private static final String[] LABELS = {
    "indoor", "outdoor", "calibrated", "battery", "m\u00fcnze"
  };

  private final Random random;
  private final int bytes;
  private final Padding padding;

  Readings(Random random, int bytes) {
    this.random = random;
    this.bytes = bytes;
    this.padding = new Padding(random);
  }

  @Override
  public BsonDocument document(BsonValue id, long n) {
    BsonDocument document =
        new BsonDocument("_id", id)
            .append("id", new BsonInt64(n))
            .append("device", new BsonString("sensor-%02d".formatted(random.nextInt(50))))
            .append("temperature", degrees())
            .append("humidity", humidity())
            .append("online", BsonBoolean.valueOf(random.nextBoolean()))
            .append("timestamp", time())
            .append("location", location())
            .append("samples", several(this::degrees))
            .append("labels", several(this::label))
            .append("revision", new BsonInt32(0));
    if (bytes > BARE_BYTES) {
      document.append("padding", new BsonString(padding.text(bytes - BARE_BYTES)));
    }
    return document;
  }

  @Override
  public Bson update() {
    return switch (random.nextInt(7)) {
      case 0 ->
          Updates.combine(
              Updates.set("temperature", degrees()),
              Updates.set("timestamp", time()),
              Updates.inc("revision", 1));
      case 1 ->
          Updates.pushEach(
              "samples", List.of(degrees(), degrees()), new PushOptions().slice(-MOST_SAMPLES));
      case 2 -> Updates.set("location.floor", new BsonInt32(random.nextInt(12)));
      case 3 -> Updates.set("labels", several(this::label));
      case 4 -> Updates.unset("humidity");
      case 5 -> Updates.set("humidity", humidity());
      default -> Updates.inc("revision", 1);
    };
  }

  private BsonDouble degrees() {
    return new BsonDouble(hundredths(-20, 80));
  }

  private BsonInt32 humidity() {
    return new BsonInt32(random.nextInt(101));
  }

  private BsonDateTime time() {
    return new BsonDateTime(START_MILLIS + random.nextInt(Integer.MAX_VALUE));
  }

  private BsonString label() {
    return new BsonString(LABELS[random.nextInt(LABELS.length)]);
  }

  private BsonDocument location() {
    return new BsonDocument("building", new BsonString(BUILDINGS[random.nextInt(BUILDINGS.length)]))
        .append("floor", new BsonInt32(random.nextInt(12)))
        .append(
            "position",
            new BsonDocument("lat", new BsonDouble(hundredths(-90, 90)))
                .append("lon", new BsonDouble(hundredths(-180, 180))));
  }

  private BsonArray several(Supplier<? extends BsonValue> value) {
    List<BsonValue> values = new ArrayList<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      values.add(value.get());
    }
    return new BsonArray(values);
  }

  private double hundredths(int from, int to) {
    return Math.round((from + random.nextDouble() * (to - from)) * 100) / 100.0;
  }
}
