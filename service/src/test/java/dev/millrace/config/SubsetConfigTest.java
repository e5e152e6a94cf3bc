package dev.millrace.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.source.Subset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Filter and projection as they stand in the file. */
class SubsetConfigTest {
  @TempDir Path folder;

  private Reading read(String source) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("millrace.yaml"),
            """
            pipelines:
              - name: a
                source:
                  uri: "mongodb://h/shop"
            %s
                sink: {type: stdout}
            """
                .formatted(source.indent(6).stripTrailing()));
    return new ConfigReader(Map.of("WANTED", "active")).file(file);
  }

  private Subset subset(String source) throws IOException {
    return switch (read(source)) {
      case Reading.Valid valid -> valid.config().pipelines().getFirst().source().subset();
      case Reading.Faulty faulty -> throw new AssertionError(faulty.problems().toString());
    };
  }

  @Test
  void isAllWhereNothingIsSaid() throws IOException {
    assertThat(subset("database: shop")).isEqualTo(Subset.ALL);
    assertThat(subset("filter: {}\nprojection: {}")).isEqualTo(Subset.ALL);
    assertThat(Subset.ALL.fingerprint()).isEmpty();
  }

  @Test
  void isAMappingOrItsJson() throws IOException {
    Subset mapping =
        subset(
            """
            filter:
              $expr: {$and: [{$eq: [$status, active]}, {$gt: [$at, {$date: "2026-01-01T00:00:00Z"}]}]}
            projection: {status: 1, total.net: true, _id: 1}
            """);
    Subset json =
        subset(
            """
            filter: '{$expr: {$and: [{$eq: ["$status", "${WANTED}"]}, {$gt: ["$at", {$date: "2026-01-01T00:00:00Z"}]}]}}'
            projection: '{status: 1, "total.net": true}'
            """);
    assertThat(json).isEqualTo(mapping);
    assertThat(mapping.filter())
        .isEqualTo(
            BsonDocument.parse(
                "{$expr: {$and: [{$eq: ['$status', 'active']}, {$gt: ['$at', {$date: '2026-01-01T00:00:00Z'}]}]}}"));
    assertThat(mapping.isExcluding()).isFalse();
    assertThat(subset("projection: {secret: 0}").isExcluding()).isTrue();
    assertThat(subset("projection: {_id: 1}").isProjecting()).isTrue();
    assertThat(mapping.fingerprint())
        .isEqualTo(json.fingerprint())
        .isNotEqualTo(subset("projection: {status: 1}").fingerprint());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "filter: {status: active} | filter | a filter by status",
        "filter: {$expr: true, status: active} | filter | a filter by $expr, status",
        "filter: '{' | filter | \"{\"",
        "filter: [1] | filter | a list",
        "filter: {$expr: {$eq: [$$ROOT.a, 1]}} | filter | $$ROOT",
        "filter: {$expr: {$lt: [$at, $$NOW]}} | filter | $$NOW",
        "filter: {$expr: {$lt: [{$rand: {}}, 0.5]}} | filter | $rand",
        "filter: {$expr: {$date: nonsense}} | filter | no Extended JSON",
        "projection: {a: 1, b: 0} | projection | ",
        "projection: {a: {$slice: 1}} | projection | ",
        "projection: {a.$: 1} | projection | ",
        "projection: {a..b: 1} | projection | ",
        "projection: {_id: 0, a: 1} | projection | _id: 0",
        "projection: {_id.tenant: 0} | projection | _id.tenant",
        "projection: {_id.tenant: 1, a: 1} | projection | _id.tenant",
        "projection: {a: 2} | projection | ",
      })
  void faultsAreToldInWords(String source, String key, String found) throws IOException {
    List<ConfigProblem> faults = ((Reading.Faulty) read(source)).problems();
    assertThat(faults).hasSize(1);
    assertThat(faults.getFirst().key()).isEqualTo("pipelines[0].source." + key);
    assertThat(faults.toString()).contains(found == null ? "" : found);
  }

  @Test
  void needsDeletesToLeaveIt() throws IOException {
    assertThat(((Reading.Faulty) read("operations: [insert]\nfilter: {$expr: true}")).problems())
        .extracting(ConfigProblem::key)
        .containsExactly("pipelines[0].source.operations");
  }

  @Test
  void needsWholeDocuments() throws IOException {
    List<ConfigProblem> faults =
        ((Reading.Faulty) read("full_document: delta\nprojection: {a: 1}")).problems();
    assertThat(faults)
        .extracting(ConfigProblem::key)
        .containsExactly("pipelines[0].source.full_document");
  }
}
