package dev.millrace.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.config.SinkConfig.Crate;
import dev.millrace.config.SinkConfig.CrateObjects;
import dev.millrace.config.SinkConfig.DatabaseLogin;
import dev.millrace.config.SinkConfig.OnForeignTable;
import dev.millrace.config.SinkConfig.OnMisfit;
import dev.millrace.config.SinkConfig.Tables;
import dev.millrace.engine.CopyPlan.HistoryLost;
import dev.millrace.engine.CopyPlan.Snapshot;
import dev.millrace.json.JsonMode;
import dev.millrace.model.Namespace;
import dev.millrace.table.TableName;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code cdc-relay} is told by variables; no server is asked. */
class CdcRelayConfigTest {
  private static final Map<String, String> NEEDED =
      Map.of("MONGODB_URL", "mongodb://localhost:27017", "CRATEDB_SQLALCHEMY_URL", "crate://");

  private static Map<String, String> with(String... more) {
    Map<String, String> variables = new HashMap<>(NEEDED);
    for (int i = 0; i < more.length; i += 2) {
      variables.put(more[i], more[i + 1]);
    }
    return variables;
  }

  private static MillraceConfig config(Map<String, String> variables, CdcRelay relay) {
    return ((Reading.Valid) new ConfigReader(variables).cdcRelay(relay)).config();
  }

  private static PipelineConfig pipeline(Map<String, String> variables) {
    return config(variables, CdcRelay.USUAL).pipelines().getFirst();
  }

  private static Crate crate(Map<String, String> variables) {
    return (Crate) pipeline(variables).sink();
  }

  private static List<ConfigProblem> faults(Map<String, String> variables) {
    return ((Reading.Faulty) new ConfigReader(variables).cdcRelay(CdcRelay.USUAL)).problems();
  }

  @Test
  void tellsOfAnAddressThatIsNothingButCommas() {
    assertThat(faults(with("CRATEDB_SQLALCHEMY_URL", " , ,")))
        .extracting(ConfigProblem::key)
        .containsExactly("CRATEDB_SQLALCHEMY_URL");
  }

  @Test
  void needsTwoAddressesAlone() {
    MillraceConfig config = config(NEEDED, CdcRelay.USUAL);
    assertThat(config.http()).isEqualTo(new HttpConfig("0.0.0.0", 3000));
    PipelineConfig pipeline = config.pipelines().getFirst();
    assertThat(pipeline.name()).isEqualTo("cdc-relay.testdrive.data");
    assertThat(pipeline.source().database()).contains("testdrive");
    assertThat(pipeline.source().collections()).containsExactly("data");
    assertThat(pipeline.checkpoint())
        .isEqualTo(new CheckpointConfig.Source(new Namespace("testdrive", "cs_resume_tokens")));
    assertThat(pipeline.copy().snapshot()).isEqualTo(Snapshot.INITIAL);
    assertThat(pipeline.copy().historyLost()).isEqualTo(HistoryLost.RESNAPSHOT);
    assertThat(pipeline.sink())
        .isEqualTo(
            new Crate(
                List.of(URI.create("http://localhost:4200/")),
                Optional.empty(),
                "doc",
                new Tables(JsonMode.RELAXED, new TableName("cdc-testdrive"), false, false),
                CrateObjects.DYNAMIC,
                OnMisfit.TEXT));
    assertThat(config.notes())
        .first()
        .isEqualTo(
            "from collection testdrive.data (MongoDB at localhost:27017) into table \"doc\".\"cdc-testdrive\" (CrateDB at localhost:4200)");
  }

  @Test
  void everyVariableIsTaken() {
    MillraceConfig config =
        config(
            with(
                "MONGODB_URL", "mongodb://relay:hunter2@a:1,b:2/admin?replicaSet=rs0",
                "MONGODB_DATABASE", "shop",
                "MONGODB_COLLECTION", "orders.old",
                "CRATEDB_SQLALCHEMY_URL", "crate://ann:hunter3@h:4201/?schema=x&ssl=true",
                "CRATEDB_TABLE", "sales.Orders",
                "MONGO_RESUME_TOKENS_COLLECTION", "tokens",
                "HTTP_PORT", "0",
                "HTTP_TOKEN", "hunter4"),
            new CdcRelay(Snapshot.NEVER, true));
    PipelineConfig pipeline = config.pipelines().getFirst();
    assertThat(pipeline.name()).isEqualTo("cdc-relay.shop.orders.old");
    assertThat(pipeline.source().collections()).containsExactly("orders.old");
    assertThat(pipeline.checkpoint())
        .isEqualTo(new CheckpointConfig.Source(new Namespace("shop", "tokens")));
    assertThat(pipeline.copy().snapshot()).isEqualTo(Snapshot.NEVER);
    assertThat(pipeline.copy().historyLost()).isEqualTo(HistoryLost.FAIL);
    Crate crate = (Crate) pipeline.sink();
    assertThat(crate.nodes()).containsExactly(URI.create("https://h:4201/"));
    assertThat(crate.login()).contains(new DatabaseLogin("ann", new Secret("hunter3")));
    assertThat(crate.schema()).isEqualTo("sales");
    assertThat(crate.tables().name()).isEqualTo(new TableName("Orders"));
    assertThat(crate.onForeignTable()).isEqualTo(OnForeignTable.SET_ASIDE);
    assertThat(config.http())
        .isEqualTo(new HttpConfig("0.0.0.0", 0, Optional.of(new Secret("hunter4"))));
    assertThat(config.notes().toString())
        .contains("MongoDB at a:1,b:2", "CrateDB at h:4201")
        .doesNotContain("hunter", "relay:", "ann");
  }

  @ParameterizedTest
  @CsvSource({
    "plain, doc, plain",
    "my_schema.plain, my_schema, plain",
    "'\"my.schema\".\"a \"\"b\"\"\"', my.schema, 'a \"b\"'",
    "Upper-Case, doc, Upper-Case",
  })
  void tablesAreSpeltAsInStatements(String text, String schema, String name) {
    Crate crate = crate(with("CRATEDB_TABLE", text));
    assertThat(crate.schema()).isEqualTo(schema);
    assertThat(crate.tables().name().template()).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.b.c", ".a", "a.", "{collection}", "\"\"", "\"a"})
  void otherTablesAreRefused(String text) {
    assertThat(faults(with("CRATEDB_TABLE", text)))
        .singleElement()
        .satisfies(fault -> assertThat(fault.key()).isEqualTo("CRATEDB_TABLE"));
  }

  @ParameterizedTest
  @CsvSource({
    "crate://, http://localhost:4200/",
    "crate:///?schema=x, http://localhost:4200/",
    "crate://?ssl=true, https://localhost:4200/",
    "crate://crate@/, http://localhost:4200/",
    "crate://crate@localhost:4201, http://localhost:4201/",
  })
  void sqlAlchemysAddressesMayLeaveOutTheHost(String url, String node) {
    assertThat(crate(with("CRATEDB_SQLALCHEMY_URL", url)).nodes())
        .containsExactly(URI.create(node));
  }

  @Test
  void severalNodesMayBeGivenAndTheRelaysOwnVariableCountsFirst() {
    Map<String, String> both = with("CRATEDB_URL", "http://a:1,http://b:2");
    assertThat(crate(both).nodes()).containsExactly(URI.create("http://localhost:4200/"));
    both.put("CRATEDB_SQLALCHEMY_URL", "");
    assertThat(crate(both).nodes())
        .containsExactly(URI.create("http://a:1/"), URI.create("http://b:2/"));
  }

  @Test
  void allFaultsAreToldAtOnceAndNoSecret() {
    List<ConfigProblem> faults =
        faults(
            Map.of(
                "MONGODB_URL", "mongodb://u:hunter2@/",
                "MONGODB_DATABASE", "a b",
                "MONGODB_COLLECTION", "orders_*",
                "CRATEDB_SQLALCHEMY_URL", "postgresql://u:hunter2@h",
                "CRATEDB_TABLE", "a.b.c",
                "HTTP_PORT", "many",
                "HTTP_TOKEN", "hunter2 hunter2"));
    assertThat(faults)
        .extracting(ConfigProblem::key)
        .containsExactlyInAnyOrder(
            "MONGODB_URL",
            "MONGODB_DATABASE",
            "MONGODB_COLLECTION",
            "CRATEDB_SQLALCHEMY_URL",
            "CRATEDB_TABLE",
            "HTTP_PORT",
            "HTTP_TOKEN");
    assertThat(faults.toString()).doesNotContain("hunter2").contains("crate://host:4200");
    assertThat(faults(Map.of()).toString())
        .contains(
            "MONGODB_URL: found nothing", "CRATEDB_SQLALCHEMY_URL or CRATEDB_URL: found nothing");
    assertThat(faults(with("MONGODB_COLLECTION", "cs_resume_tokens"))).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mongodb+srv://u:hunter2@h.example/x",
        "mongodb+srv://u:hunter2/hunter2@h.example/",
        "mongodb+srv://u:hunter2?hunter2@h.example",
        "mongodb+srv://u:hunter2@hunter2@h.example",
        "mongodb://u:hunter2@h.example/?appName=a@b",
      })
  void whereItComesFromIsSaidWithoutSecrets(String url) {
    assertThat(config(with("MONGODB_URL", url), CdcRelay.USUAL).notes().toString())
        .containsAnyOf("MongoDB at h.example)", "MongoDB at hosts not shown)")
        .doesNotContain("hunter2");
  }

  @Test
  void otherCommandsGoByTheSameVariablesUnlessTheConnectorsAreThere() {
    assertThat(((Reading.Valid) new ConfigReader(NEEDED).variables()).config())
        .isEqualTo(config(NEEDED, CdcRelay.USUAL));
    Map<String, String> all = with("MONGO_URI", "mongodb://h/shop");
    assertThat(
            ((Reading.Valid) new ConfigReader(all).variables())
                .config()
                .pipelines()
                .getFirst()
                .sink())
        .isInstanceOf(SinkConfig.JetStream.class);
    assertThat(
            ((Reading.Faulty) new ConfigReader(Map.of("MONGODB_URL", "mongodb://h")).variables())
                .problems()
                .toString())
        .contains("MONGO_URI");
  }
}
