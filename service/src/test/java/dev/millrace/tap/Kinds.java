package dev.millrace.tap;

import dev.millrace.lab.EdgeValues;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.bson.BsonArray;
import org.bson.BsonBinarySubType;
import org.bson.BsonDateTime;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonType;
import org.bson.BsonValue;

/** Documents of every BSON type. */
final class Kinds {
  /** What tap-mongodb 3.3.0 ends at with an exception, so that nothing can be compared. */
  static final Predicate<BsonValue> REFUSED_BY_TAP_MONGODB =
      value ->
          switch (value.getBsonType()) {
            // ValueError: cannot decode subtype 5 as a uuid
            case BINARY ->
                !List.of(
                        BsonBinarySubType.BINARY.getValue(),
                        BsonBinarySubType.UUID_LEGACY.getValue(),
                        BsonBinarySubType.UUID_STANDARD.getValue())
                    .contains(value.asBinary().getType());
            // TypeError: Object of type MinKey is not JSON serializable; at the top it is left out
            case ARRAY -> value.asArray().stream().anyMatch(Kinds::hasExtremes);
            default -> false;
          };

  private Kinds() {}

  private static boolean hasExtremes(BsonValue value) {
    return isExtreme(value)
        || (value.isDocument()
            && value.asDocument().values().stream().anyMatch(Kinds::hasExtremes));
  }

  private static boolean isExtreme(BsonValue value) {
    return value.getBsonType() == BsonType.MIN_KEY || value.getBsonType() == BsonType.MAX_KEY;
  }

  /**
   * A document for each value that there is: at the top, in an object and in an array. With a time,
   * {@code updated}, that is later with each.
   *
   * @param first the least {@code _id}
   */
  static List<BsonDocument> documents(int first, Predicate<BsonValue> without) {
    List<BsonDocument> documents = new ArrayList<>();
    for (BsonValue value : EdgeValues.values()) {
      if (!without.test(value)) {
        int id = first + documents.size();
        BsonDocument document =
            new BsonDocument("_id", new BsonInt32(id))
                .append("value", value)
                .append("updated", new BsonDateTime(1_700_000_000_000L + 1_000L * id));
        if (!isExtreme(value)) {
          document.append("in", new BsonDocument("value", value));
          document.append("list", new BsonArray(List.of(value)));
        }
        documents.add(document);
      }
    }
    return documents;
  }
}
