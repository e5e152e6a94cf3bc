package dev.millrace.tap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.config.ConfigProblem;
import dev.millrace.model.Namespace;
import dev.millrace.source.Subset;
import java.util.List;
import java.util.Optional;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Config, catalog and state as files have them. */
class TapInputTest {
  private static JsonNode json(String text) {
    return new JsonMapper().readTree(text);
  }

  private static TapConfig config(String text) {
    TapConfigReader reader = new TapConfigReader(json(text));
    assertThat(reader.faults()).isEmpty();
    return reader.read();
  }

  private static List<String> keys(List<ConfigProblem> faults) {
    return faults.stream().map(ConfigProblem::key).toList();
  }

  @Test
  void takesTheSettingsOfTapMongodb() {
    TapConfig config =
        config(
            """
            {"host": "db1", "port": 27018, "user": "me@here", "password": "p:/?#[]@ %", "database": "admin",
             "replica_set": "rs0", "ssl": "true", "verify_mode": false,
             "include_schemas_in_destination_stream_name": "true", "start_date": "2020-01-01"}
            """);
    assertThat(config.uri().reveal())
        .isEqualTo(
            "mongodb://me%40here:p%3A%2F%3F%23%5B%5D%40%20%25@db1:27018/?authSource=admin&replicaSet=rs0&tls=true&tlsInsecure=true");
    assertThat(config.login()).contains("admin");
    assertThat(config.databaseInNames()).isTrue();
    assertThat(config.toString()).doesNotContain("p%3A");
    assertThat(config("{\"host\": \"h\", \"port\": \"1\", \"user\": \"\"}").uri().reveal())
        .isEqualTo("mongodb://h:1/");
    assertThat(
            config(
                    "{\"host\": \"h\", \"user\": \"u\", \"password\": \"p\", \"database\": \"d\", \"auth_database\": \"a\"}")
                .uri()
                .reveal())
        .isEqualTo("mongodb://u:p@h:27017/?authSource=a");
  }

  @Test
  void takesAConnectionStringInstead() {
    for (String key : TapConfigReader.URIS) {
      assertThat(config("{\"%s\": \"mongodb://a,b/?replicaSet=x\"}".formatted(key)).uri().reveal())
          .isEqualTo("mongodb://a,b/?replicaSet=x");
    }
  }

  @Test
  void tellsAllFaultsAtOnceAndNoSecret() {
    TapConfigReader reader =
        new TapConfigReader(
            json(
                """
                {"host": "a b", "port": "x", "user": "u", "ssl": "perhaps", "verify_mode": [1],
                 "other": 1, "ost": 2}
                """));
    assertThat(keys(reader.faults()))
        .containsExactlyInAnyOrder("host", "port", "password", "ssl", "verify_mode");
    assertThat(reader.unknown()).containsExactly("ost", "other");
    List<ConfigProblem> faults =
        new TapConfigReader(json("{\"connection_string\": \"mongodb://u:hun/ter2@h\"}")).faults();
    assertThat(keys(faults)).containsExactly("connection_string");
    assertThat(faults.toString()).doesNotContain("hun", "ter2");
  }

  private static TapCatalog catalog(String metadata) {
    return new TapCatalog(
        json(
            """
            {"streams": [{"table_name": "orders", "stream": "orders", "tap_stream_id": "shop-orders",
              "schema": {"type": "object"}, "metadata": [
                {"breadcrumb": ["properties", "x"], "metadata": {"selected": false}},
                {"breadcrumb": [], "metadata": {"database-name": "shop", "selected": true, %s}}]}]}
            """
                .formatted(metadata)),
        true);
  }

  @Test
  void takesTheStreamsThatAreSelected() {
    TapCatalog catalog =
        catalog(
            "\"replication-method\": \"INCREMENTAL\", \"replication-key\": \"at\", \"tap-mongodb.projection\": \"{\\\"a\\\": true, \\\"_id\\\": 1}\"");
    assertThat(catalog.faults()).isEmpty();
    TapStream stream = catalog.selected().getFirst();
    assertThat(stream.id()).isEqualTo("shop-orders");
    assertThat(stream.name()).isEqualTo("shop_orders");
    assertThat(stream.namespace()).hasToString("shop.orders");
    assertThat(stream.method()).isEqualTo(TapStream.Method.INCREMENTAL);
    assertThat(stream.replicationKey()).contains("at");
    assertThat(stream.subset().projection()).isEqualTo(BsonDocument.parse("{a: true}"));
    assertThat(catalog("\"selected\": false").selected()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"''", "'\"\"'", "{}"})
  void takesNoProjectionAsTapMongodbWritesIt(String text) {
    TapCatalog catalog =
        catalog(
            "\"replication-method\": \"FULL_TABLE\", \"tap-mongodb.projection\": "
                + new JsonMapper().writeValueAsString(text));
    assertThat(catalog.faults()).isEmpty();
    assertThat(catalog.selected().getFirst().subset()).isEqualTo(Subset.ALL);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"x\": 1 | replication-method",
        "\"replication-method\": \"OPLOG\" | replication-method",
        "\"replication-method\": \"INCREMENTAL\" | replication-key",
        "\"replication-method\": \"FULL_TABLE\", \"tap-mongodb.projection\": \"nonsense\" | projection",
        "\"replication-method\": \"FULL_TABLE\", \"tap-mongodb.projection\": \"{_id: 0}\" | projection",
        "\"replication-method\": \"FULL_TABLE\", \"tap-mongodb.projection\": \"{a: 1, b: 0}\" | projection",
        "\"replication-method\": \"FULL_TABLE\", \"tap-mongodb.projection\": \"{a: {$slice: 1}}\" | projection",
        "\"replication-method\": \"FULL_TABLE\", \"database-name\": \"\" | database-name"
      })
  void saysWhatIsWrongWithOne(String metadata, String key) {
    TapCatalog catalog = catalog(metadata);
    assertThat(keys(catalog.faults())).hasSize(1).first().asString().contains(key);
    assertThat(catalog.selected()).isEmpty();
  }

  @Test
  void wantsACatalogAndNamesOfTheirOwn() {
    assertThat(keys(new TapCatalog(json("{}"), false).faults())).containsExactly("streams");
    String one =
        "{\"table_name\": \"a\", \"tap_stream_id\": \"%s-a\", \"metadata\": [{\"breadcrumb\": [], \"metadata\": {\"database-name\": \"%s\", \"selected\": true, \"replication-method\": \"FULL_TABLE\"}}]}";
    JsonNode two =
        json("{\"streams\": [" + one.formatted("x", "x") + "," + one.formatted("y", "y") + "]}");
    assertThat(keys(new TapCatalog(two, false).faults())).containsExactly("streams[1].stream");
    assertThat(new TapCatalog(two, true).faults()).isEmpty();
  }

  @Test
  void aStateKeepsWhatItDoesNotKnow() {
    String text =
        "{\"bookmarks\": {\"x-y\": {\"version\": 5, \"extra\": [1]}}, \"other\": {\"a\": 1}, \"currently_syncing\": \"x-y\"}";
    TapState state = new TapState(json(text));
    assertThat(json(state.toString())).isEqualTo(json(text));
    TapState wrapped = new TapState(json("{\"type\": \"STATE\", \"value\": " + text + "}"));
    assertThat(json(wrapped.toString())).isEqualTo(json(text));
    assertThat(keys(TapState.faults(json("{\"bookmarks\": {\"x-y\": 1}}"))))
        .containsExactly("bookmarks.x-y");
    assertThat(keys(TapState.faults(json("[]")))).containsExactly("state");
    assertThat(TapState.faults(json("{}"))).isEmpty();
  }

  @Test
  void theInterruptedStreamComesFirstAndThenTheNewOnes() {
    List<TapStream> streams =
        List.of("a", "b", "c", "d").stream().map(TapInputTest::stream).toList();
    TapState state =
        new TapState(
            json(
                "{\"bookmarks\": {\"db-a\": {\"version\": 1}, \"db-c\": {\"version\": 1}}, \"currently_syncing\": \"db-c\"}"));
    assertThat(state.inOrder(streams).stream().map(TapStream::name))
        .containsExactly("c", "b", "d", "a");
  }

  @Test
  void aTokenOfAnotherTimeSaysNothing() {
    TapStream stream = stream("a");
    TapState state =
        new TapState(
            json(
                "{\"bookmarks\": {\"db-a\": {\"oplog_ts_time\": 7, \"oplog_ts_inc\": 2, \"resume_token\": {\"_data\": \"8200000007000000012B0229296E04\"}}}}"));
    assertThat(state.place(stream).orElseThrow().token()).isNull();
    assertThat(state.place(stream).orElseThrow().time()).isEqualTo((7L << 32) + 2);
  }

  private static TapStream stream(String name) {
    return new TapStream(
        "db-" + name,
        new Namespace("db", name),
        name,
        TapStream.Method.FULL_TABLE,
        Optional.empty(),
        Subset.ALL);
  }
}
