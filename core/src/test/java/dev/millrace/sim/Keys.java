package dev.millrace.sim;

import dev.millrace.json.CanonicalKey;
import dev.millrace.model.RawValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bson.BsonBinary;
import org.bson.BsonBoolean;
import org.bson.BsonDateTime;
import org.bson.BsonDecimal128;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonMaxKey;
import org.bson.BsonMinKey;
import org.bson.BsonNull;
import org.bson.BsonObjectId;
import org.bson.BsonString;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;
import org.bson.types.Decimal128;
import org.bson.types.ObjectId;
import org.jspecify.annotations.Nullable;

/**
 * The {@code _id}s that a simulated deployment uses, by number in the server's order: a few of many
 * BSON types. Some can be spelled in several ways that the server takes for the same.
 */
final class Keys {
  /** Of one bracket are those that a plain comparison of the query language compares. */
  private record Key(int bracket, List<BsonValue> spellings) {}

  private static final List<Key> ALL =
      List.of(
          key(0, new BsonMinKey()),
          key(1, BsonNull.VALUE),
          key(2, new BsonDouble(Double.NaN)),
          key(2, new BsonDouble(-2.5)),
          key(
              2,
              new BsonInt32(1),
              new BsonInt64(1),
              new BsonDouble(1),
              new BsonDecimal128(Decimal128.parse("1.0"))),
          key(2, new BsonInt32(2)),
          key(2, new BsonInt64(9_007_199_254_740_993L)),
          key(3, new BsonString("1")),
          key(3, new BsonString("a")),
          key(4, new BsonDocument("a", new BsonInt32(1)), new BsonDocument("a", new BsonDouble(1))),
          key(5, new BsonBinary(new byte[] {1, 2})),
          key(6, new BsonObjectId(new ObjectId("64b000000000000000000001"))),
          key(6, new BsonObjectId(new ObjectId("64b000000000000000000002"))),
          key(7, BsonBoolean.FALSE),
          key(8, new BsonDateTime(1_700_000_000_000L)),
          key(9, new BsonTimestamp(5, 5)),
          key(10, new BsonMaxKey()));

  private final List<Key> keys;
  private final Map<String, Integer> numbers = new HashMap<>();

  Keys(SplittableRandom random, int count) {
    List<Key> chosen = new ArrayList<>(ALL);
    while (chosen.size() > count) {
      chosen.remove(random.nextInt(chosen.size()));
    }
    this.keys = List.copyOf(chosen);
    for (int n = 0; n < keys.size(); n++) {
      for (BsonValue spelling : keys.get(n).spellings()) {
        numbers.put(CanonicalKey.of(spelling), n);
      }
    }
  }

  private static Key key(int bracket, BsonValue... spellings) {
    return new Key(bracket, List.of(spellings));
  }

  int count() {
    return keys.size();
  }

  BsonValue anySpelling(int key, SplittableRandom random) {
    List<BsonValue> spellings = keys.get(key).spellings();
    return spellings.get(random.nextInt(spellings.size()));
  }

  boolean sameBracket(int a, int b) {
    return keys.get(a).bracket() == keys.get(b).bracket();
  }

  int number(RawValue id) {
    return number(CanonicalKey.of(id));
  }

  /** The number of a bound, or {@code open} where there is none. */
  int number(@Nullable BsonValue bound, int open) {
    return bound == null ? open : number(CanonicalKey.of(bound));
  }

  private int number(String canonical) {
    Integer number = numbers.get(canonical);
    if (number == null) {
      throw new Violation("no document ever had the _id " + canonical);
    }
    return number;
  }
}
