package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.MongoCollection;
import dev.millrace.lab.Lab;
import dev.millrace.testing.NeedsServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class TapCommandTest {
  private static final JsonMapper MAPPER = new JsonMapper();

  @TempDir Path folder;

  private String file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text).toString();
  }

  private static Ran tap(String... arguments) {
    List<String> line = new ArrayList<>(List.of("tap"));
    line.addAll(List.of(arguments));
    return Ran.of(line);
  }

  private String config() throws IOException {
    return file(
        "config.json", "{\"connection_string\": \"%s\", \"more\": 1}".formatted(Lab.mongo().uri()));
  }

  @Test
  @NeedsServers
  void discoversSelectsAndReads() throws Exception {
    String database = Lab.freshName("tap_cli");
    MongoCollection<BsonDocument> orders =
        Lab.mongo().client().getDatabase(database).getCollection("orders", BsonDocument.class);
    orders.insertOne(BsonDocument.parse("{_id: 1, at: 5}"));
    orders.createIndex(BsonDocument.parse("{at: 1}"));
    orders.createIndex(BsonDocument.parse("{at: 1, b: 1}"));
    Lab.mongo().client().getDatabase(database).createView("view", "orders", List.of());

    Ran found = tap("--config", config(), "--discover");
    assertThat(found.code()).as(found.err()).isZero();
    JsonNode catalog = MAPPER.readTree(found.out());
    JsonNode stream =
        catalog.path("streams").values().stream()
            .filter(one -> one.path("tap_stream_id").asString().equals(database + "-orders"))
            .findFirst()
            .orElseThrow();
    ObjectNode metadata = (ObjectNode) stream.path("metadata").path(0).path("metadata");
    assertThat(metadata.toString())
        .isEqualTo(
            "{\"table-key-properties\":[\"_id\"],\"database-name\":\"%s\",\"row-count\":1,\"is-view\":false,\"valid-replication-keys\":[\"_id\",\"at\"]}"
                .formatted(database));
    assertThat(found.out()).doesNotContain(database + "-view");

    metadata.put("selected", true).put("replication-method", "LOG_BASED");
    String selected = file("catalog.json", catalog.toString());
    assertThat(tap("--config", config(), "--test", "--catalog", selected).err())
        .contains("MongoDB 6.")
        .contains(" answers, with ");
    Ran first = tap("--config", config(), "--catalog", selected);
    assertThat(first.code()).as(first.err()).isZero();
    assertThat(first.out()).contains("{\"_id\": 1, \"at\": 5}");
    String last = first.out().lines().reduce((one, next) -> next).orElseThrow();
    String state = file("state.json", last);
    Ran second = tap("--config", config(), "--properties", selected, "--state", state);
    assertThat(second.code()).as(second.err()).isZero();
    assertThat(second.out()).doesNotContain("RECORD");

    metadata.put("database-name", database + "_none");
    Ran missing =
        tap("--config", config(), "--test", "--catalog", file("none.json", catalog.toString()));
    assertThat(missing.code()).isEqualTo(ExitCode.FAILED);
    assertThat(missing.err()).startsWith("MR-TAP-MISSING: ").contains(database + "_none.orders");
  }

  @Test
  void wantsAConfigAndSomethingToDo() throws Exception {
    assertThat(tap().err()).startsWith("MR-USAGE: --config is needed");
    Ran idle = tap("--config", file("c.json", "{\"host\": \"h\"}"));
    assertThat(idle.code()).isEqualTo(ExitCode.USAGE);
    assertThat(idle.err()).startsWith("MR-USAGE: --catalog is needed");
  }

  @Test
  void tellsAllFaultsOfAllFilesInOneSentence() throws Exception {
    Ran ran =
        tap(
            "--config",
            file("c.json", "{\"port\": \"x\"}"),
            "--catalog",
            file("cat.json", "{\"streams\": 1}"),
            "--state",
            file("s.json", "{\"bookmarks\": {\"a\": 1}}"));
    assertThat(ran.code()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err())
        .startsWith("MR-CONFIG: ")
        .hasLineCount(1)
        .contains("c.json: host: found nothing")
        .contains("c.json: port: found \"x\"")
        .contains("cat.json: streams: found none")
        .contains("s.json: bookmarks.a: found 1");
    assertThat(ran.out()).isEmpty();
  }

  @Test
  void saysWhichFileIsNoneOrNoJsonAndShowsNothingOfIt() throws Exception {
    Ran ran =
        tap(
            "--config",
            file("c.json", "{\n\"host\": \"h\", \"password\": hunter2}"),
            "--catalog",
            folder.resolve("none.json").toString());
    assertThat(ran.err())
        .contains("c.json: no JSON at line 2")
        .contains("none.json: there is no such file")
        .doesNotContain("hunter2");
  }

  @Test
  void saysThatMongoDbCannotBeReached() throws Exception {
    Ran ran =
        tap(
            "--config",
            file(
                "c.json",
                "{\"connection_string\": \"mongodb://u:hunter2@127.0.0.1:1/?serverSelectionTimeoutMS=200\"}"),
            "--discover");
    assertThat(ran.code()).isEqualTo(ExitCode.UNREACHABLE);
    assertThat(ran.err())
        .startsWith("MR-SOURCE-UNAVAILABLE: ")
        .hasLineCount(1)
        .doesNotContain("hunter2");
  }

  @Test
  void saysWhatItIs() {
    JsonNode about = MAPPER.readTree(tap("--about").out());
    assertThat(about.path("name").asString()).isEqualTo("millrace tap");
    assertThat(about.path("capabilities").toString()).contains("discover", "state");
    assertThat(tap("--version").out()).startsWith("Millrace ");
    assertThat(tap("--help").out()).contains("--catalog").doesNotContain(TapCommand.LIVES);
  }
}
