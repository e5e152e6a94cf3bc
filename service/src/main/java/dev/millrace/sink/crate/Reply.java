package dev.millrace.sink.crate;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** What {@code _sql} answered. */
final class Reply {
  static final ObjectMapper JSON = new ObjectMapper();

  /** A row of a bulk that was not done; the reason is beside it. */
  private static final long REFUSED = -2;

  private final JsonNode tree;

  private Reply(JsonNode tree) {
    this.tree = tree;
  }

  /** Empty for what CrateDB does not say. */
  static Optional<Reply> parse(byte[] body) {
    try {
      JsonNode tree = JSON.readTree(body);
      return tree.has("error") || tree.has("rowcount") || tree.has("results")
          ? Optional.of(new Reply(tree))
          : Optional.empty();
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }

  /** Why nothing of it was done. */
  Optional<Refusal> refusal() {
    return refusal(tree.get("error"));
  }

  private static Optional<Refusal> refusal(@Nullable JsonNode error) {
    return error == null
        ? Optional.empty()
        : Optional.of(new Refusal(error.path("code").asInt(0), error.path("message").asString("")));
  }

  /** How many rows a single statement changed. */
  long rowCount() {
    return tree.path("rowcount").asLong(0);
  }

  /** The rows that were asked for: an array of arrays. */
  JsonNode rows() {
    return tree.path("rows");
  }

  /** Why this row of a bulk was not done. */
  Optional<Refusal> refusalOf(int row) {
    JsonNode result = tree.path("results").path(row);
    if (result.path("rowcount").asLong(REFUSED) >= 0) {
      return Optional.empty();
    }
    return refusal(result.get("error")).or(() -> Optional.of(new Refusal(0, "no reason given")));
  }
}
