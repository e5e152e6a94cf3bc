package dev.millrace.http;

import dev.millrace.config.PipelineConfig;
import dev.millrace.letters.Address;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.letters.Which;
import io.javalin.http.Context;
import java.util.Optional;

/**
 * Which dead letters a request is about.
 *
 * @param after behind which to go on; empty to begin
 * @param limit the most of them
 */
record LetterRequest(Which which, Optional<Address> after, int limit) {
  static LetterRequest ofQuery(Context context, PipelineConfig pipeline, int usual) {
    return of(
        pipeline,
        Optional.ofNullable(context.queryParam("collection")),
        Optional.ofNullable(context.queryParam("id")),
        Optional.ofNullable(context.queryParam("after")),
        Optional.ofNullable(context.queryParam("limit")).orElse(Integer.toString(usual)));
  }

  /** What changes something has to say what it means. */
  static LetterRequest ofBody(RequestBody body, PipelineConfig pipeline, int usual) {
    Optional<String> collection = body.text("collection");
    Optional<String> id = body.text("id");
    if (collection.isEmpty() && id.isEmpty() && !body.isTrue("all")) {
      throw RequestBody.fault("expected one of collection and id, or \"all\": true");
    }
    return of(
        pipeline,
        collection,
        id,
        body.text("after"),
        body.has("limit") ? body.number("limit") : Integer.toString(usual));
  }

  private static LetterRequest of(
      PipelineConfig pipeline,
      Optional<String> collection,
      Optional<String> id,
      Optional<String> after,
      String limit) {
    Which which =
        Which.of(pipeline.source().database(), collection, id)
            .orElseThrow(
                () -> RequestBody.fault("collection: expected a name as database.collection"));
    Optional<Address> address =
        after.map(text ->
            Address.parse(text)
                .orElseThrow(() -> RequestBody.fault("after: expected the next of a page before")));
    return new LetterRequest(which, address, limit(limit));
  }

  private static int limit(String text) {
    try {
      int limit = Integer.parseInt(text);
      if (limit >= 1 && limit <= DeadLetterBox.PAGE) {
        return limit;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw RequestBody.fault(
        "limit: found %s; expected 1 to %d".formatted(text, DeadLetterBox.PAGE));
  }
}
