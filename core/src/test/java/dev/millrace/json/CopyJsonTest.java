package dev.millrace.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.lab.EdgeValues;
import dev.millrace.model.Change;
import dev.millrace.model.CommitPoint;
import dev.millrace.model.Generation;
import dev.millrace.model.Namespace;
import dev.millrace.model.RawValue;
import java.util.List;
import java.util.function.Consumer;
import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.bson.BsonNull;
import org.bson.BsonValue;
import org.bson.json.JsonWriterSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CopyJsonTest {
  private static final Namespace ORDERS = new Namespace("shop", "or\"ders");
  private static final Generation GENERATION = new Generation("82AA-1", 7L << 32 | 3);

  private static String written(Consumer<JsonBuffer> writing) {
    JsonBuffer out = new JsonBuffer();
    writing.accept(out);
    return out.toString();
  }

  private static Change.Read row(BsonDocument document) {
    RawValue raw = RawValue.of(document);
    BsonValue id = document.get("_id", BsonNull.VALUE);
    // "_id" comes first: a length, the type, the name with its NUL.
    byte type = (byte) id.getBsonType().getValue();
    int length = BsonBytes.skipValue(type, raw.bytes(), 9) - 9;
    RawValue key = new RawValue(type, raw.bytes(), 9, length);
    return new Change.Read(ORDERS, key, raw, GENERATION, 0xFFFF_FFFEL << 32 | 0xFFFF_FFFFL);
  }

  @ParameterizedTest
  @EnumSource(JsonMode.class)
  void aRowReadsLikeAnEventWithEveryTypeOfKey(JsonMode mode) {
    JsonWriterSettings settings =
        JsonWriterSettings.builder()
            .outputMode(
                mode == JsonMode.CANONICAL
                    ? org.bson.json.JsonMode.EXTENDED
                    : org.bson.json.JsonMode.RELAXED)
            .build();
    for (BsonValue id : EdgeValues.ids()) {
      BsonDocument document = new BsonDocument("_id", id).append("n", new BsonInt64(5));
      String key = new BsonDocument("_id", id).toJson(settings);
      assertThat(written(out -> CopyJson.write(row(document), mode, out)))
          .isEqualTo(
              """
              {"_id": {"_copy": "82AA-1"}, "operationType": "read", \
              "clusterTime": {"$timestamp": {"t": 4294967294, "i": 4294967295}}, \
              "ns": {"db": "shop", "coll": "or\\"ders"}, "documentKey": %s, "fullDocument": %s}\
              """
                  .formatted(key, document.toJson(settings)));
    }
  }

  @Test
  void marksSayWhatTheyAreFor() {
    assertThat(written(out -> CopyJson.write(new Change.Reset(ORDERS, GENERATION), out)))
        .isEqualTo(
            """
            {"operationType": "reset", "ns": {"db": "shop", "coll": "or\\"ders"}, \
            "generation": "82AA-1", "since": {"$timestamp": {"t": 7, "i": 3}}}\
            """);
    assertThat(written(out -> CopyJson.write(new Change.Swept(ORDERS, GENERATION), out)))
        .isEqualTo(
            """
            {"operationType": "swept", "ns": {"db": "shop", "coll": "or\\"ders"}, \
            "generation": "82AA-1"}\
            """);
    assertThat(written(out -> CopyJson.write(committed(true, "", "shop.a", "shop.b"), out)))
        .isEqualTo(
            """
            {"operationType": "commit", "clusterTime": {"$timestamp": {"t": 9, "i": 1}}, \
            "consistent": true, "reason": "", "excluded": ["shop.a", "shop.b"]}\
            """);
    assertThat(written(out -> CopyJson.write(committed(false, "a \"copy\""), out)))
        .endsWith("\"consistent\": false, \"reason\": \"a \\\"copy\\\"\", \"excluded\": []}");
  }

  private static Change.Committed committed(boolean consistent, String why, String... excluded) {
    return new Change.Committed(new CommitPoint(9L << 32 | 1, consistent, why, List.of(excluded)));
  }

  @Test
  void aRowThatIsNoBsonIsRefused() {
    Change.Read row = row(BsonDocument.parse("{_id: 1, n: 2}"));
    row.document().bytes()[13] = 0x66;
    assertThatThrownBy(() -> written(out -> CopyJson.write(row, JsonMode.RELAXED, out)))
        .isInstanceOf(MalformedBsonException.class);
  }
}
