package dev.millrace.http;

import io.javalin.http.Context;
import tools.jackson.databind.json.JsonMapper;

/** Answers in JSON. */
final class Json {
  private static final JsonMapper MAPPER = new JsonMapper();

  private Json() {}

  /** What is true now, and is not to be kept for later. */
  static void answer(Context context, Object view) {
    context
        .contentType("application/json")
        .header("Cache-Control", "no-store")
        .result(MAPPER.writeValueAsString(view));
  }

  static void answer(Context context, Answer answer) {
    context.status(answer.status());
    answer(context, answer.view());
  }
}
