package dev.millrace.sink.crate;

import dev.millrace.json.JsonBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The bodies that {@code _sql} takes: a statement with its parameters. A parameter is null, a
 * number, a truth value, a text, or {@link Json}.
 */
final class Request {
  private Request() {}

  /** JSON in UTF-8, put into the body as it is. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Json(byte[] utf8) {}

  static byte[] of(String sql, @Nullable Object... parameters) {
    JsonBuffer body = new JsonBuffer(256 + sql.length());
    body.ascii("{\"stmt\": ").quoted(sql).ascii(", \"args\": ");
    write(parameters, body);
    return body.ascii('}').toByteArray();
  }

  /** The statement once for each row of parameters. */
  static byte[] bulk(String sql, List<@Nullable Object[]> rows) {
    JsonBuffer body = new JsonBuffer(1 << 16);
    body.ascii("{\"stmt\": ").quoted(sql).ascii(", \"bulk_args\": [");
    String separator = "";
    for (@Nullable Object[] row : rows) {
      body.ascii(separator);
      write(row, body);
      separator = ",\n";
    }
    return body.ascii("]}").toByteArray();
  }

  private static void write(@Nullable Object[] parameters, JsonBuffer body) {
    body.ascii('[');
    String separator = "";
    for (@Nullable Object parameter : parameters) {
      body.ascii(separator);
      write(parameter, body);
      separator = ", ";
    }
    body.ascii(']');
  }

  private static void write(@Nullable Object parameter, JsonBuffer body) {
    switch (parameter) {
      case null -> body.ascii("null");
      case String text -> body.quoted(text);
      case Long number -> body.number(number);
      case Boolean truth -> body.ascii(truth ? "true" : "false");
      case Json json -> body.raw(json.utf8());
      default -> throw new IllegalArgumentException("no parameter: " + parameter.getClass());
    }
  }
}
