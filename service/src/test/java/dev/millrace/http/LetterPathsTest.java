package dev.millrace.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.config.HttpConfig;
import dev.millrace.config.Secret;
import dev.millrace.engine.CopyRequest;
import dev.millrace.letters.Address;
import dev.millrace.letters.DeadLetter;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.letters.Which;
import dev.millrace.model.Failure;
import dev.millrace.model.Namespace;
import dev.millrace.table.DocumentKey;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Dead letters over HTTP, of a pipeline that has nothing behind it. */
class LetterPathsTest {
  private static final String TOKEN = "hunter2-hunter2";
  private static final Comparator<DeadLetter> ORDER =
      Comparator.comparing(DeadLetter::namespace).thenComparing(DeadLetter::id);

  private final FakePipeline pipeline = new FakePipeline("p", "orders", "users");
  private final List<DeadLetter> letters = new CopyOnWriteArrayList<>();
  private final Listener listener = Listener.bind(new HttpConfig("127.0.0.1", 0));
  private final HttpClient client = HttpClient.newHttpClient();
  private ControlServer server;

  @BeforeEach
  void start() {
    pipeline.letters = Optional.of(new Kept());
    server =
        ControlServer.start(
            listener,
            new Instance("me", "1.2.3", Instant.EPOCH, listener.address()),
            List.of(pipeline),
            Map.of(),
            new Control(
                Optional.of(new Secret(TOKEN)),
                only -> CompletableFuture.completedFuture(""),
                Duration.ofSeconds(30)));
    for (String id : List.of("1", "2", "{\"$sha256\":\"00\"}")) {
      letters.add(letter("orders", id));
    }
    letters.add(letter("users", "1"));
  }

  @AfterEach
  void stop() {
    server.close();
    listener.close();
    client.close();
  }

  private static DeadLetter letter(String collection, String id) {
    return DeadLetter.ofRow(
        new Address(new Namespace("shop", collection), id),
        DocumentKey.of(id, null),
        "6B018B6B0000000900000000",
        "MR-TEST",
        "too narrow",
        null);
  }

  /** Letters in memory. */
  private final class Kept implements DeadLetterBox {
    @Override
    public long count(Which which) {
      return letters.stream().filter(letter -> which.has(letter.address())).count();
    }

    @Override
    public List<DeadLetter> page(Which which, Optional<Address> after, int limit) {
      return letters.stream()
          .sorted(ORDER)
          .filter(letter -> which.has(letter.address()))
          .dropWhile(letter -> after.isPresent() && isUpTo(letter.address(), after.get()))
          .limit(limit)
          .toList();
    }

    private static boolean isUpTo(Address one, Address other) {
      int order = one.namespace().compareTo(other.namespace());
      return order < 0 || (order == 0 && one.id().compareTo(other.id()) <= 0);
    }

    @Override
    public List<DeadLetter> newest(int limit) {
      return letters.reversed().stream().limit(limit).toList();
    }

    @Override
    public Optional<DeadLetter> find(Address address) {
      return letters.stream().filter(letter -> letter.address().equals(address)).findFirst();
    }

    @Override
    public int discard(List<DeadLetter> some) {
      int before = letters.size();
      letters.removeAll(some);
      return before - letters.size();
    }

    @Override
    public void close() {}
  }

  @Test
  void pagesLeadToTheNext() throws Exception {
    String first = get("?limit=3");
    assertThat(first)
        .startsWith(
            "{\"count\":4,\"letters\":[{\"collection\":\"shop.orders\",\"id\":\"1\",\"at\":\"2026-11-21T")
        .contains("\"code\":\"MR-TEST\",\"reason\":\"too narrow\"}")
        .endsWith(
            "\"next\":\"[\\\"shop.orders\\\", \\\"{\\\\\\\"$sha256\\\\\\\":\\\\\\\"00\\\\\\\"}\\\"]\"}");
    String next = new Address(new Namespace("shop", "orders"), "{\"$sha256\":\"00\"}").toText();
    assertThat(get("?limit=3&after=" + URLEncoder.encode(next, StandardCharsets.UTF_8)))
        .contains("\"letters\":[{\"collection\":\"shop.users\"")
        .endsWith("\"next\":null}");
    assertThat(get("?collection=users")).startsWith("{\"count\":1,");
    assertThat(get("?collection=shop.users&id=2")).startsWith("{\"count\":0,\"letters\":[]");
    assertThat(get("?order=newest&limit=1"))
        .startsWith("{\"letters\":[{")
        .contains("shop.users")
        .endsWith("\"next\":null}");
    assertThat(get("?after=%5B%22a.b%22%2C%7B%22%24oid%22%3A%22zz%22%7D%5D"))
        .contains("MR-REQUEST", "after: expected the next of a page before");
  }

  @Test
  void replaySaysWhatEndedAndWhatDidNot() throws Exception {
    letters.remove(0);
    CompletableFuture<Void> told = new CompletableFuture<>();
    pipeline.answer = told;
    CompletableFuture<HttpResponse<String>> asked =
        client.sendAsync(posted("replay", "{\"all\": true}"), HttpResponse.BodyHandlers.ofString());
    await().until(() -> !pipeline.asked.isEmpty());
    letters.removeIf(letter -> letter.id().equals("2"));
    told.complete(null);
    HttpResponse<String> answer = asked.get();
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .startsWith("{\"replayed\":3,\"ended\":1,\"remaining\":2,\"unknown\":1,\"letters\":[{")
        .contains("\"reason\":\"too narrow\"")
        .endsWith("\"next\":null}");
    assertThat(pipeline.asked)
        .containsExactly(
            new CopyRequest.Renew(new Namespace("shop", "orders"), List.of(new BsonInt32(2))),
            new CopyRequest.Renew(new Namespace("shop", "users"), List.of(new BsonInt32(1))));
  }

  @Test
  void replayTellsWhatThePipelineRefuses() throws Exception {
    pipeline.answer =
        CompletableFuture.failedFuture(Failure.fatal("MR-NOT-RUNNING", "it does not run"));
    HttpResponse<String> answer = post("replay", "{\"collection\": \"orders\", \"limit\": 1}");
    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(answer.body())
        .isEqualTo("{\"code\":\"MR-NOT-RUNNING\",\"message\":\"it does not run\"}");
    assertThat(letters).hasSize(4);
  }

  @Test
  void discardRemovesWhatIsNamed() throws Exception {
    letters.add(letter("users", "o'brien"));
    assertThat(DocumentKey.of("o'brien", null)).contains(new BsonString("o'brien"));
    assertThat(post("discard", "{\"id\": \"o'brien\"}").body())
        .isEqualTo("{\"discarded\":1,\"next\":null}");
    assertThat(post("discard", "{\"collection\": \"orders\", \"limit\": 2}").body())
        .isEqualTo("{\"discarded\":2,\"next\":\"[\\\"shop.orders\\\", \\\"2\\\"]\"}");
    assertThat(post("discard", "{\"all\": true}").body()).startsWith("{\"discarded\":2");
    assertThat(letters).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}",
        "{\"all\": false}",
        "{\"ids\": [1]}",
        "{\"id\": 7}",
        "{\"collection\": [\"a\"]}",
        "{\"all\": true, \"limit\": 0}",
        "{\"all\": true, \"limit\": 1001}",
        "{\"all\": true, \"after\": \"x\"}",
        "{\"all\": true",
      })
  void badRequestsAreToldAndChangeNothing(String body) throws Exception {
    for (String what : List.of("replay", "discard")) {
      HttpResponse<String> answer = post(what, body);
      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(answer.body()).startsWith("{\"code\":\"MR-REQUEST\",\"message\":\"");
    }
    assertThat(letters).hasSize(4);
    assertThat(pipeline.asked).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"?limit=x", "?limit=0", "?after=%5B%5D", "?after=7"})
  void badQueriesAreTold(String query) throws Exception {
    assertThat(get(query)).startsWith("{\"code\":\"MR-REQUEST\",\"message\":\"");
  }

  @Test
  void aSinkThatKeepsNothingSaysSo() throws Exception {
    pipeline.letters = Optional.empty();
    assertThat(get("")).startsWith("{\"code\":\"MR-LETTERS-NONE\",\"message\":\"pipeline p has no");
    assertThat(post("replay", "{\"all\": true}").statusCode()).isEqualTo(409);
  }

  private String get(String query) throws Exception {
    return client
        .send(HttpRequest.newBuilder(uri(query)).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private HttpResponse<String> post(String what, String body) throws Exception {
    return client.send(posted(what, body), HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest posted(String what, String body) {
    return HttpRequest.newBuilder(uri("/" + what))
        .header("Authorization", "Bearer " + TOKEN)
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  private URI uri(String rest) {
    return URI.create(listener.url() + "api/pipelines/p/deadletters" + rest);
  }
}
