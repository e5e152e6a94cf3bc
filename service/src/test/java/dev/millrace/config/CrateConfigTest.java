package dev.millrace.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.config.SinkConfig.Crate;
import dev.millrace.config.SinkConfig.CrateObjects;
import dev.millrace.config.SinkConfig.DatabaseLogin;
import dev.millrace.config.SinkConfig.OnForeignTable;
import dev.millrace.config.SinkConfig.OnMisfit;
import dev.millrace.config.SinkConfig.Tables;
import dev.millrace.json.JsonMode;
import dev.millrace.model.Namespace;
import dev.millrace.table.TableName;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CrateConfigTest {
  @TempDir Path folder;

  private Reading read(String sink) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("millrace.yaml"),
            """
            pipelines:
              - name: orders
                source: {uri: "mongodb://h/shop"}
                sink: {type: crate, %s}
            """
                .formatted(sink));
    return new ConfigReader(Map.of()).file(file);
  }

  private PipelineConfig pipeline(String sink) throws IOException {
    return ((Reading.Valid) read(sink)).config().pipelines().getFirst();
  }

  @Test
  void needsAnAddressAlone() throws IOException {
    PipelineConfig pipeline = pipeline("url: \"http://h\"");
    assertThat(pipeline.sink())
        .isEqualTo(
            new Crate(
                List.of(URI.create("http://h:4200/")),
                Optional.empty(),
                "doc",
                Tables.USUAL,
                CrateObjects.DYNAMIC,
                OnMisfit.TEXT));
    assertThat(pipeline.checkpoint())
        .isEqualTo(new CheckpointConfig.Source(new Namespace("shop", "cs_resume_tokens")));
  }

  @Test
  void takesEveryKey() throws IOException {
    assertThat(
            pipeline(
                    "urls: [\"https://a:1\", \"https://b:2\"], user: ann, password: pw, schema: shop, json: canonical, table: \"{database}_{collection}\", on_drop: keep, soft_deletes: true, object: ignored, on_misfit: dead_letter, on_foreign_table: set_aside")
                .sink())
        .isEqualTo(
            new Crate(
                List.of(URI.create("https://a:1/"), URI.create("https://b:2/")),
                Optional.of(new DatabaseLogin("ann", new Secret("pw"))),
                "shop",
                new Tables(
                    JsonMode.CANONICAL, new TableName("{database}_{collection}"), true, true),
                CrateObjects.IGNORED,
                OnMisfit.DEAD_LETTER,
                OnForeignTable.SET_ASIDE));
  }

  @ParameterizedTest
  @CsvSource({
    "http://h, http://h:4200/",
    "https://h:443/, https://h:443/",
    "crate://h, http://h:4200/",
    "crate://h:4201?ssl=true, https://h:4201/",
    "crate://h?ssl=false&schema=x, http://h:4200/",
  })
  void readsAddresses(String text, String node) {
    assertThat(CrateUrl.parse(text).orElseThrow().node()).isEqualTo(URI.create(node));
  }

  @Test
  void takesLoginAndSchemaOutOfTheAddress() {
    CrateUrl url = CrateUrl.parse("crate://ann:p%40s+s@h/?schema=my%20shop").orElseThrow();
    assertThat(url.login()).contains(new DatabaseLogin("ann", new Secret("p@s+s")));
    assertThat(url.schema()).contains("my shop");
    assertThat(url.toString()).doesNotContain("p@s", "p%40");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"postgresql://h:5432/x", "h:4200", "http://", "http://h/path", "http://h#x"})
  void refusesOtherAddresses(String text) {
    assertThat(CrateUrl.parse(text)).isEmpty();
  }

  @Test
  void saysWhatIsWrongAndNotTheSecret() throws IOException {
    List<ConfigProblem> faults =
        ((Reading.Faulty)
                read("url: \"ftp://ann:hunter2@h\", object: strict, on_misfit: skip, replicas: 2"))
            .problems();
    assertThat(faults).hasSize(4);
    assertThat(faults.toString())
        .doesNotContain("hunter2")
        .contains("one of dynamic, ignored", "one of text, dead_letter, stop", "replicas");
    assertThat(((Reading.Faulty) read("schema: x")).problems().toString())
        .contains("http://host:4200");
  }
}
