package dev.millrace.letters;

import dev.millrace.json.JsonBuffer;
import dev.millrace.model.Namespace;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Whose letter it is: of a document there is one at most. */
public record Address(Namespace namespace, String id) {
  private static final JsonMapper MAPPER = new JsonMapper();

  /** A text to go on from: a JSON array of the collection, with its database, and the id. */
  public String toText() {
    JsonBuffer json = new JsonBuffer(64).ascii('[');
    return json.quoted(namespace.toString()).ascii(", ").quoted(id).ascii(']').toString();
  }

  /** Empty for a text that is none. */
  public static Optional<Address> parse(String text) {
    try {
      JsonNode parts = MAPPER.readTree(text);
      String collection = parts.path(0).asString("");
      boolean sound = parts.isArray() && parts.size() == 2 && parts.path(1).isString();
      return sound && collection.indexOf('.') > 0
          ? Optional.of(new Address(Namespace.parse(collection), parts.path(1).asString()))
          : Optional.empty();
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }
}
