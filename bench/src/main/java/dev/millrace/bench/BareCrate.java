package dev.millrace.bench;

import dev.millrace.json.JsonBuffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A table in a schema of its own, which stays, in the CrateDB that is given; written as Millrace
 * does it: bulks of a thousand rows over HTTP, two under way, by the same statement.
 */
final class BareCrate implements BareTable {
  /** The CrateDB, which nothing here starts. */
  static final Optional<String> URL =
      Optional.ofNullable(System.getenv("CRATEDB_URL")).filter(url -> !url.isBlank());

  private static final int ROWS = 1_000;
  private static final int UNDER_WAY = 2;

  private final HttpClient http = HttpClient.newHttpClient();
  private final Deque<CompletableFuture<HttpResponse<String>>> underWay = new ArrayDeque<>();
  private final String upsert;

  BareCrate(String schema) {
    this.upsert =
        """
        INSERT INTO %s.orders (oid, data, version, data_misfit) VALUES (?, ?, ?, ?)
        ON CONFLICT (oid) DO UPDATE SET
          data = CASE WHEN excluded.version >= coalesce(version, '') THEN excluded.data ELSE data END,
          data_misfit = CASE WHEN excluded.version >= coalesce(version, '')
            THEN excluded.data_misfit ELSE data_misfit END,
          version = greatest(version, excluded.version)
        """
            .formatted(schema);
    run(
        "CREATE TABLE %s.orders (oid TEXT PRIMARY KEY, data OBJECT(DYNAMIC), version TEXT, data_misfit TEXT INDEX OFF STORAGE WITH (columnstore = false))"
            .formatted(schema));
  }

  private void run(String statement) {
    send(alone(statement));
    commit();
  }

  /** A statement without parameters, as a body. */
  private static JsonBuffer alone(String statement) {
    return new JsonBuffer(256).ascii("{\"stmt\": ").quoted(statement).ascii('}');
  }

  private static HttpRequest post(JsonBuffer body) {
    return HttpRequest.newBuilder(sql())
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray()))
        .build();
  }

  /** Where it is, with a path behind it. */
  static URI sql() {
    return URI.create(URL.orElseThrow()).resolve("/_sql");
  }

  @Override
  public void upsert(List<String> ids, List<Json> documents) {
    for (int from = 0; from < ids.size(); from += ROWS) {
      JsonBuffer body = new JsonBuffer(1 << 21);
      body.ascii("{\"stmt\": ").quoted(upsert).ascii(", \"bulk_args\": [");
      for (int i = from; i < Math.min(from + ROWS, ids.size()); i++) {
        body.ascii(i == from ? "[" : ",[").quoted(ids.get(i)).ascii(", ");
        body.raw(documents.get(i).utf8()).ascii(", ").quoted(VERSION).ascii(", null]");
      }
      send(body.ascii("]}"));
    }
  }

  private void send(JsonBuffer body) {
    if (underWay.size() == UNDER_WAY) {
      finish(underWay.removeFirst());
    }
    underWay.addLast(
        http.sendAsync(post(body), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8)));
  }

  private static void finish(CompletableFuture<HttpResponse<String>> answer) {
    String body = answer.join().body();
    if (body.contains("\"error\"")) {
      throw new IllegalStateException(
          "CrateDB: " + body.substring(0, Math.min(400, body.length())));
    }
  }

  /** There are no transactions: all that was sent is answered. */
  @Override
  public void commit() {
    while (!underWay.isEmpty()) {
      finish(underWay.removeFirst());
    }
  }

  @Override
  public void close() throws SQLException {
    http.close();
  }

  /** Removes a schema's tables. */
  static void remove(String schema) {
    try (HttpClient client = HttpClient.newHttpClient()) {
      for (String table :
          List.of(
              "orders",
              "millrace_state",
              "millrace_commits",
              "millrace_collections",
              "millrace_dead_letters")) {
        client.send(
            post(alone("DROP TABLE IF EXISTS %s.%s".formatted(schema, table))),
            HttpResponse.BodyHandlers.discarding());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
