package dev.millrace.lab;

import com.mongodb.client.model.PushOptions;
import com.mongodb.client.model.Updates;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.bson.BsonArray;
import org.bson.BsonBinary;
import org.bson.BsonBoolean;
import org.bson.BsonDateTime;
import org.bson.BsonDecimal128;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonObjectId;
import org.bson.BsonString;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;
import org.bson.conversions.Bson;
import org.bson.types.Decimal128;
import org.bson.types.ObjectId;

/** Makes documents, ids and updates; the same ones each time from the same source of chance. */
final class DocumentMaker implements Documents {
  // 2020-09-13, so that nothing depends on when the workload runs.
  private static final long START_MILLIS = 1_600_000_000_000L;
  private static final int START_SECONDS = 1_600_000_000;
  // What a document takes without its padding, roughly.
  private static final int BARE_BYTES = 330;
  private static final int MOST_TAGS = 8;
  private static final String[] KINDS = {
    "order", "customer", "event", "m\u00fcnze", "\ud83d\ude80"
  };

  private final Random random;
  private final int bytes;
  private final Padding padding;
  private int nextEdge;

  DocumentMaker(Random random, int bytes) {
    this.random = random;
    this.bytes = bytes;
    this.padding = new Padding(random);
  }

  /**
   * The id of the n-th document of a collection: one of {@link EdgeValues#ids} first, if {@code
   * edges}, then every other kind in turn. No two are equal for the server.
   */
  BsonValue id(int n) {
    if (n < EdgeValues.ids().size()) {
      return EdgeValues.ids().get(n);
    }
    // Far from the numbers among the edge values.
    int number = 1_000_000 + n;
    return switch (n % 16) {
      case 0 -> new BsonInt32(number);
      case 1 -> new BsonInt64((1L << 40) + n);
      case 2 -> new BsonString("key " + number);
      case 3 -> new BsonString("a.b." + number);
      case 4 -> new BsonString("\u00fc\ud83d\ude80/" + number);
      case 5 -> new BsonString("%024x".formatted(number));
      case 6 ->
          new BsonDocument("region", new BsonString("eu")).append("number", new BsonInt32(number));
      case 7 -> new BsonBinary(new UUID(random.nextLong(), number));
      case 8 -> new BsonDateTime(START_MILLIS + n);
      case 9 -> new BsonDecimal128(Decimal128.parse(number + ".5"));
      case 10 -> new BsonDouble(number + 0.25);
      case 11 -> new BsonTimestamp(START_SECONDS, n + 1);
      default -> new BsonObjectId(new ObjectId(START_SECONDS, n));
    };
  }

  @Override
  public BsonDocument document(BsonValue id, long n) {
    return document(id);
  }

  /** A document of about the wanted size, the id first. */
  BsonDocument document(BsonValue id) {
    return new BsonDocument("_id", id)
        .append("counter", new BsonInt32(0))
        .append("number", new BsonInt64(random.nextLong()))
        .append("price", new BsonDecimal128(new Decimal128(random.nextInt(100_000))))
        .append("at", new BsonDateTime(START_MILLIS + random.nextInt()))
        .append("kind", new BsonString(KINDS[random.nextInt(KINDS.length)]))
        .append("tags", tags())
        .append("nested", nested())
        .append("edge", edge())
        .append("edge2", edge())
        .append("pad", new BsonString(padding.text(bytes - BARE_BYTES)));
  }

  @Override
  public Bson update() {
    return switch (random.nextInt(9)) {
      case 0 -> Updates.inc("counter", 1);
      case 1 -> Updates.set("nested.score", new BsonDouble(random.nextDouble()));
      case 2 -> Updates.set("edge", edge());
      case 3 ->
          Updates.pushEach("tags", List.of(tag(), tag()), new PushOptions().slice(-MOST_TAGS));
      case 4 -> Updates.unset("edge2");
      case 5 -> Updates.set("tags.0", tag());
      case 6 ->
          Updates.combine(
              Updates.set("kind", new BsonString(KINDS[random.nextInt(KINDS.length)])),
              Updates.set("at", new BsonDateTime(START_MILLIS + random.nextInt())),
              Updates.inc("counter", 1));
      case 7 -> Updates.popLast("tags");
      default -> Updates.set("nested.list", tags());
    };
  }

  private BsonDocument nested() {
    return new BsonDocument("score", new BsonDouble(random.nextDouble()))
        .append("flag", BsonBoolean.valueOf(random.nextBoolean()))
        .append("list", tags());
  }

  private BsonArray tags() {
    List<BsonValue> tags = new ArrayList<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      tags.add(tag());
    }
    return new BsonArray(tags);
  }

  private BsonString tag() {
    return new BsonString(Integer.toString(random.nextInt(1 << 20), 36));
  }

  private BsonValue edge() {
    List<BsonValue> values = EdgeValues.values();
    return values.get(nextEdge++ % values.size());
  }
}
