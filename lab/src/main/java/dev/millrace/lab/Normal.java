package dev.millrace.lab;

import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.bson.json.JsonMode;
import org.bson.json.JsonParseException;
import org.bson.json.JsonWriterSettings;

/**
 * One spelling for all that relaxed Extended JSON cannot tell apart: a 32-bit and a 64-bit 5 are
 * both {@code 5} in it.
 */
final class Normal {
  private static final JsonWriterSettings RELAXED =
      JsonWriterSettings.builder().outputMode(JsonMode.RELAXED).build();

  private Normal() {}

  /** The digest of a document's one spelling; field order counts. */
  static Digest digest(BsonDocument document) {
    String text = document.toJson(RELAXED);
    try {
      return Digest.of(BsonDocument.parse(text).toJson(RELAXED));
    } catch (JsonParseException e) {
      // A field named like {"$date": ...} that is no date: it stands for itself.
      return Digest.of(text);
    }
  }

  /**
   * The digest of a document by its value: neither the order of fields counts nor how numbers are
   * spelled. For stores that keep neither.
   */
  static Digest digestByValue(BsonDocument document) {
    String text = document.toJson(RELAXED);
    try {
      return Digest.of(ByValue.of(BsonDocument.parse(text)).toJson(RELAXED));
    } catch (JsonParseException e) {
      return Digest.of(ByValue.of(document).toJson(RELAXED));
    }
  }

  /**
   * Like {@link #digest}, for a document that was read from relaxed JSON: needs no second parse.
   */
  static Digest digestOfParsed(BsonDocument document) {
    return Digest.of(document.toJson(RELAXED));
  }

  /**
   * An {@code _id} as text, the same for all that the server holds to be equal: a replace may
   * change 1.0 into 1 without making another document.
   */
  static String id(BsonValue id) {
    if (id.isInt32()) {
      return Integer.toString(id.asInt32().getValue());
    }
    String text = new BsonDocument("", id).toJson(RELAXED);
    BsonDocument equal = (BsonDocument) EqualNumbers.of(BsonDocument.parse(text));
    String json = equal.toJson(RELAXED);
    // Without the wrapping {"": ...}.
    return json.substring(5, json.length() - 1);
  }
}
