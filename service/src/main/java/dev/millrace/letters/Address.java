package dev.millrace.letters;

import dev.millrace.json.JsonBuffer;
import dev.millrace.model.Namespace;
import java.util.Optional;
import org.bson.BsonArray;
import org.bson.BsonInvalidOperationException;
import org.bson.json.JsonParseException;

/** Whose letter it is: of a document there is one at most. */
public record Address(Namespace namespace, String id) {
  /** A text to go on from: a JSON array of the collection, with its database, and the id. */
  public String toText() {
    JsonBuffer json = new JsonBuffer(64).ascii('[');
    return json.quoted(namespace.toString()).ascii(", ").quoted(id).ascii(']').toString();
  }

  /** Empty for a text that is none. */
  public static Optional<Address> parse(String text) {
    try {
      BsonArray parts = BsonArray.parse(text);
      String collection = parts.get(0).asString().getValue();
      return parts.size() == 2 && collection.indexOf('.') > 0
          ? Optional.of(
              new Address(Namespace.parse(collection), parts.get(1).asString().getValue()))
          : Optional.empty();
    } catch (JsonParseException | BsonInvalidOperationException | IndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }
}
