package dev.millrace.copy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.json.CanonicalKey;
import dev.millrace.model.Change;
import dev.millrace.testing.Gate;
import dev.millrace.testing.Hooks.Point;
import dev.millrace.testing.Journal;
import dev.millrace.testing.Moment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.bson.BsonBinary;
import org.bson.BsonBoolean;
import org.bson.BsonDateTime;
import org.bson.BsonDecimal128;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonJavaScript;
import org.bson.BsonJavaScriptWithScope;
import org.bson.BsonMaxKey;
import org.bson.BsonMinKey;
import org.bson.BsonNull;
import org.bson.BsonObjectId;
import org.bson.BsonString;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;
import org.bson.types.Decimal128;
import org.bson.types.ObjectId;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A collection with {@code _id}s of twelve types in equal parts, and one each of four more, copied
 * in four ranges by four readers, and killed five times on the way while it is written to.
 *
 * <p>{@code -Dcopy.documents} says how many, 100,000 by default.
 */
class MixedIdsTest extends Scenario {
  private static final int DOCUMENTS = Integer.getInteger("copy.documents", 100_000);
  private static final int KILLS = 5;
  private static final int TYPES = 12;
  private static final int ROWS_PER_CHUNK = 500;
  private static final int ROWS_PER_PARCEL = 700;

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName(
      "_ids of twelve types, four ranges, killed five times: nothing missing, nothing twice")
  void idsOfTwelveTypesAreCopiedInRangesOverInterruptions(Pipe.Target target) {
    int documents = target == Pipe.Target.SQLITE ? DOCUMENTS : DOCUMENTS / 5;
    Origin origin = origin();
    fill(origin, documents);
    List<BsonValue> ids = new ArrayList<>();
    origin
        .collection("mixed")
        .find()
        .projection(new BsonDocument("_id", new BsonInt32(1)))
        .sort(new BsonDocument("_id", new BsonInt32(1)))
        .forEach(found -> ids.add(found.get("_id")));
    assertThat(ids).hasSize(documents);

    Pipe pipe = pipe(target).readers(4);
    pipe.hooks
        .rowsPerChunk(ROWS_PER_CHUNK)
        .changesPerParcel(ROWS_PER_PARCEL)
        .seemingBytes(48 << 20);
    Random random = new Random(5);
    for (int kill = 1; kill <= KILLS; kill++) {
      long before = pipe.delivered(Change.Read.class, "mixed");
      int chunks = documents / ROWS_PER_CHUNK / (KILLS + 2);
      Gate next = pipe.hooks.hold(Point.BEFORE_CHUNK, Moment.after(chunks, Moment.any()));
      pipe.start();
      next.awaitReached();
      pipe.until("some rows", () -> pipe.delivered(Change.Read.class, "mixed") > before);
      write(origin, ids, random);
      pipe.kill();
      write(origin, ids, random);
    }
    pipe.start().awaitCommit(origin.time());
    pipe.judge();

    ReadOnce.check(pipe, "mixed", ids.stream().map(CanonicalKey::of).toList());
    Set<String> rows = new HashSet<>();
    for (Journal.Note note : pipe.hooks.journal().all()) {
      if (note.kind() == Change.Read.class) {
        assertThat(rows.add(note.key())).as("once: %s", note).isTrue();
      }
    }
    assertThat(pipe.hooks.journal().starts()).hasSize(KILLS + 1);
    // All but what had to give way, and parcels that were durable when nobody could be told any
    // more.
    assertThat(rows.size()).isGreaterThan(documents - (2 * 51 + ROWS_PER_PARCEL) * KILLS - 1);
  }

  private static void write(Origin origin, List<BsonValue> ids, Random random) {
    for (int i = 0; i < 50; i++) {
      BsonValue id = ids.get(random.nextInt(ids.size()));
      if (i % 5 == 0) {
        origin.collection("mixed").deleteOne(Origin.byId(id));
      } else {
        origin.replace("mixed", Origin.doc(id, "changed " + i));
      }
    }
    // The time of all of these.
    origin.replace("mixed", Origin.doc(ids.getFirst(), "changed last"));
  }

  private static void fill(Origin origin, int count) {
    List<BsonDocument> documents = new ArrayList<>();
    for (BsonValue one :
        List.of(new BsonMinKey(), BsonNull.VALUE, BsonBoolean.TRUE, new BsonMaxKey())) {
      documents.add(Origin.doc(one, "one of its kind"));
    }
    for (int i = 0; i < count - 4; i++) {
      documents.add(Origin.doc(id(i % TYPES, i), "as it was " + i));
      if (documents.size() == 5_000 || i == count - 5) {
        origin.collection("mixed").insertMany(documents);
        documents.clear();
      }
    }
  }

  /** No two are equal, of whatever types. */
  private static BsonValue id(int type, int i) {
    return switch (type) {
      case 0 -> new BsonInt32(i);
      case 1 -> new BsonInt64((1L << 40) + i);
      case 2 -> new BsonDouble(i + 0.5);
      case 3 -> new BsonDecimal128(Decimal128.parse(i + ".25"));
      case 4 -> new BsonString("text " + i);
      case 5 -> new BsonDocument("a", new BsonInt32(i)).append("b", new BsonString("x"));
      case 6 -> new BsonBinary(ByteBuffer.allocate(8).putLong(i * 7_919L).array());
      case 7 -> new BsonObjectId(new ObjectId(i, i & 0xFFFF));
      case 8 -> new BsonDateTime(1_000L * i - 10_000_000L);
      case 9 -> new BsonTimestamp(i + 1, i);
      case 10 -> new BsonJavaScript("return " + i);
      default -> new BsonJavaScriptWithScope("x", new BsonDocument("x", new BsonInt32(i)));
    };
  }
}
