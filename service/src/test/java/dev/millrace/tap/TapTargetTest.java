package dev.millrace.tap;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Updates;
import dev.millrace.lab.EdgeValues;
import dev.millrace.lab.Lab;
import dev.millrace.testing.NeedsServers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonValue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What the tap writes, piped into targets that other people wrote. */
@NeedsServers
@Timeout(300)
class TapTargetTest {
  private final String database = Lab.freshName("target");

  @TempDir private Path folder;
  private SingerFolder singer;

  @BeforeEach
  void documents() {
    singer =
        new SingerFolder(
            folder, Written.MAPPER.createObjectNode().put("connection_string", Lab.mongo().uri()));
  }

  @Test
  void everyTypeOfValueAndKeyIsLoaded() {
    Path target = Programs.command(Programs.TARGET_STITCH);
    collection("kinds").insertMany(Kinds.documents(0, value -> false));
    int number = 0;
    for (BsonValue id : EdgeValues.ids()) {
      collection("ids").insertOne(new BsonDocument("_id", id).append("n", new BsonInt32(number)));
      number++;
    }
    Written written = singer.ours(catalog(TapStream.Method.FULL_TABLE), null);
    assertThat(written.records()).hasSize(Kinds.documents(0, value -> false).size() + number);
    assertLoaded(stitched(target, written), written);
  }

  @Test
  void changesAreLoaded() {
    Path target = Programs.command(Programs.TARGET_STITCH);
    MongoCollection<BsonDocument> kinds = collection("kinds");
    List<BsonDocument> documents = Kinds.documents(0, value -> false);
    kinds.insertMany(documents);
    Written first = singer.ours(catalog(TapStream.Method.LOG_BASED), null);
    assertThat(first.records()).hasSameSizeAs(documents);
    assertLoaded(stitched(target, first), first);

    kinds.insertMany(Kinds.documents(1_000, value -> false));
    kinds.updateMany(Filters.lt("_id", 10), Updates.set("changed", 1.5));
    kinds.replaceOne(Filters.eq("_id", 20), new BsonDocument("a", new BsonInt32(1)));
    kinds.deleteMany(Filters.gte("_id", 1_010));
    int deleted = documents.size() - 10;
    Written second = singer.ours(catalog(TapStream.Method.LOG_BASED), first.state());
    assertThat(second.records()).hasSize(documents.size() + 10 + 1 + deleted);
    assertThat(second.records().stream().filter(row -> row.has("_sdc_deleted_at")))
        .hasSize(deleted);
    assertLoaded(stitched(target, second), second);
  }

  @Test
  void linesOfJsonAreWritten() throws IOException {
    Path target = Programs.command(Programs.TARGET_JSONL);
    MongoCollection<BsonDocument> kinds = collection("kinds");
    List<BsonDocument> documents = Kinds.documents(0, value -> false);
    kinds.insertMany(documents);
    Written first = singer.ours(catalog(TapStream.Method.LOG_BASED), null);
    assertThat(first.records()).hasSameSizeAs(documents);
    assertLoaded(lines(target, first), first);
    kinds.updateMany(Filters.lt("_id", 10), Updates.set("changed", 1.5));
    kinds.deleteMany(Filters.gte("_id", 20));
    Written second = singer.ours(catalog(TapStream.Method.LOG_BASED), first.state());
    assertThat(second.records()).hasSize(10 + documents.size() - 20);
    assertLoaded(lines(target, second), second);
  }

  /** The rows that it would send, after it validated each of them. */
  private List<JsonNode> stitched(Path target, Written written) {
    Path file = folder.resolve("stitched.jsonl");
    Written loaded =
        singer.target(
            List.of(target.toString(), "--dry-run", "--output-file", file.toString()),
            written.out());
    assertThat(loaded.code()).as(loaded.err()).isZero();
    assertThat(loaded.err().lines()).allMatch(line -> line.startsWith("INFO "));
    assertThat(last(loaded)).isEqualTo(written.state());
    List<JsonNode> rows = new ArrayList<>();
    for (JsonNode batch : jsonLines(file)) {
      for (JsonNode message : batch.path("messages")) {
        if (message.path("action").asString().equals("upsert")) {
          rows.add(message.path("data"));
        }
      }
    }
    return rows;
  }

  private List<JsonNode> lines(Path target, Written written) throws IOException {
    Path loadedInto = Files.createTempDirectory(folder, "lines");
    Path config =
        singer.file(
            "target.json",
            Written.MAPPER
                .createObjectNode()
                .put("destination_path", loadedInto.toString())
                .put("do_timestamp_file", false)
                .toString());
    Written loaded =
        singer.target(List.of(target.toString(), "--config", config.toString()), written.out());
    assertThat(loaded.code()).as(loaded.err()).isZero();
    // It tells of every message that it has no use for, whatever tap it comes from.
    assertThat(loaded.err().lines())
        .allMatch(line -> line.startsWith("WARNING Unknown message type ACTIVATE_VERSION"));
    assertThat(last(loaded)).isEqualTo(written.state());
    return jsonLines(loadedInto.resolve("kinds.jsonl"));
  }

  /** Every record in its order; numbers may be spelled in another way. */
  private static void assertLoaded(List<JsonNode> rows, Written written) {
    List<JsonNode> records = written.records();
    assertThat(rows).hasSameSizeAs(records);
    for (int i = 0; i < rows.size(); i++) {
      assertThat(records.get(i).equals(TapTargetTest::byValue, rows.get(i)))
          .as("%s, loaded as %s", records.get(i), rows.get(i))
          .isTrue();
    }
  }

  private static int byValue(JsonNode first, JsonNode second) {
    if (first.isNumber() && second.isNumber()) {
      return first.decimalValue().compareTo(second.decimalValue());
    }
    return first.equals(second) ? 0 : 1;
  }

  private static JsonNode last(Written loaded) {
    return loaded.lines().getLast();
  }

  private static List<JsonNode> jsonLines(Path file) {
    try {
      return Files.readAllLines(file).stream().map(Written.MAPPER::readTree).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private JsonNode catalog(TapStream.Method method) {
    JsonNode all = Written.MAPPER.readTree(singer.ours(List.of("--discover")).out());
    JsonNode selected = SingerFolder.selected(all, method);
    tools.jackson.databind.node.ArrayNode streams =
        (tools.jackson.databind.node.ArrayNode) selected.path("streams");
    streams.removeIf(stream -> !stream.path("tap_stream_id").asString().startsWith(database + "-"));
    return selected;
  }

  private MongoCollection<BsonDocument> collection(String name) {
    return Lab.mongo().client().getDatabase(database).getCollection(name, BsonDocument.class);
  }
}
