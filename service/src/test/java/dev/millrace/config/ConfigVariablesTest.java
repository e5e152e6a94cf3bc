package dev.millrace.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.config.SinkConfig.JetStream;
import dev.millrace.config.SinkConfig.Misfits;
import dev.millrace.engine.CopyPlan;
import dev.millrace.engine.CopyPlan.HistoryLost;
import dev.millrace.engine.CopyPlan.Snapshot;
import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.source.StartFrom;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigVariablesTest {
  private static final String URI = "mongodb://root:hunter2@h1:27017/shop?authSource=admin";

  @Test
  void variablesNeedOnlyTheUri() {
    MillraceConfig config = valid(Map.of("MONGO_URI", URI));

    assertThat(config.http()).isEqualTo(new HttpConfig("0.0.0.0", 3000));
    PipelineConfig pipeline = config.pipelines().getFirst();
    assertThat(pipeline.name()).isEqualTo("cs");
    assertThat(pipeline.source().database()).contains("shop");
    assertThat(pipeline.source().collections()).isEmpty();
    assertThat(pipeline.source().operations())
        .containsExactlyInAnyOrder(
            Operation.INSERT, Operation.UPDATE, Operation.REPLACE, Operation.DELETE);
    assertThat(pipeline.source().start()).isInstanceOf(StartFrom.Now.class);
    assertThat(pipeline.checkpoint())
        .isEqualTo(new CheckpointConfig.Source(new Namespace("shop", "cs_resume_tokens")));
    assertThat(pipeline.limits()).isEqualTo(LimitsConfig.DEFAULT);
    assertThat(pipeline.copy())
        .isEqualTo(new CopyPlan(Snapshot.NEVER, 4, 32 << 20, false, HistoryLost.FAIL));
    JetStream nats = (JetStream) pipeline.sink();
    assertThat(nats.servers()).containsExactly(new Secret("nats://127.0.0.1:4222"));
    assertThat(nats.stream()).isEqualTo("cs");
    assertThat(nats.databaseInSubject()).isFalse();
    assertThat(config.own()).containsExactly(new Namespace("shop", "cs_resume_tokens"));
  }

  @Test
  void everyVariableIsTaken() {
    MillraceConfig config =
        valid(
            Map.of(
                "MONGO_URI", URI,
                "MONGO_WATCH_COLLECTIONS", "orders_*, users,",
                "MONGO_WATCH_OPERATIONS", "insert,DELETE,dropDatabase",
                "MONGO_RESUME_TOKENS_COLLECTION", "tokens",
                "NATS_SERVER_URL", "nats://a:1,tls://b:2",
                "NATS_STREAM_NAME", "COLL",
                "HTTP_PORT", "0",
                "RAFT_CLUSTER_SIZE", "1"));

    PipelineConfig pipeline = config.pipelines().getFirst();
    assertThat(pipeline.name()).isEqualTo("COLL");
    assertThat(pipeline.source().collections()).containsExactly("orders_*", "users");
    assertThat(pipeline.source().operations())
        .containsExactlyInAnyOrder(Operation.INSERT, Operation.DELETE, Operation.DROP_DATABASE);
    assertThat(pipeline.checkpoint())
        .isEqualTo(new CheckpointConfig.Source(new Namespace("shop", "tokens")));
    assertThat(((JetStream) pipeline.sink()).servers())
        .containsExactly(new Secret("nats://a:1"), new Secret("tls://b:2"));
    assertThat(config.http().port()).isZero();
    assertThat(config.notes()).isEmpty();
  }

  @Test
  void variablesSwitchCopyingAndCommitPointsOn() {
    MillraceConfig config =
        valid(
            Map.of(
                "MONGO_URI", URI,
                "MONGO_SNAPSHOT", "TRUE",
                "MONGO_COMMIT_POINTS", "true",
                "HTTP_TOKEN", "hunter2"));

    assertThat(config.pipelines().getFirst().copy())
        .isEqualTo(new CopyPlan(Snapshot.INITIAL, 4, 32 << 20, true, HistoryLost.RESNAPSHOT));
    assertThat(config.http().token()).contains(new Secret("hunter2"));
    assertThat(config.toString()).doesNotContain("hunter2");
    assertThat(
            faults(
                Map.of(
                    "MONGO_URI", URI,
                    "MONGO_SNAPSHOT", "initial",
                    "MONGO_COMMIT_POINTS", "1",
                    "HTTP_TOKEN", "hunter2 ü")))
        .extracting(ConfigProblem::key)
        .containsExactlyInAnyOrder("MONGO_SNAPSHOT", "MONGO_COMMIT_POINTS", "HTTP_TOKEN");
  }

  @Test
  void whatNoMessageHoldsStopsUnlessLettersAreWanted() {
    assertThat(misfits(Map.of("MONGO_URI", URI))).isEqualTo(Misfits.STOP);
    assertThat(misfits(Map.of("MONGO_URI", URI, "NATS_ON_MISFIT", "dead_letter")))
        .isEqualTo(Misfits.DEAD_LETTER);
    assertThat(faults(Map.of("MONGO_URI", URI, "NATS_ON_MISFIT", "skip")))
        .extracting(ConfigProblem::key)
        .containsExactly("NATS_ON_MISFIT");
  }

  private static Misfits misfits(Map<String, String> variables) {
    return ((JetStream) valid(variables).pipelines().getFirst().sink()).misfits();
  }

  @Test
  void emptyVariablesCountAsUnset() {
    MillraceConfig config =
        valid(Map.of("MONGO_URI", URI, "NATS_STREAM_NAME", "", "HTTP_PORT", " "));

    assertThat(config.pipelines().getFirst().name()).isEqualTo("cs");
    assertThat(config.http().port()).isEqualTo(3000);
  }

  @Test
  void saysThatItRunsAloneUnlessThatWasAskedFor() {
    assertThat(valid(Map.of("MONGO_URI", URI)).notes()).hasSize(1);
    assertThat(valid(Map.of("MONGO_URI", URI, "RAFT_CLUSTER_SIZE", "3")).notes())
        .singleElement()
        .asString()
        .contains("it is 3");
  }

  @Test
  void uriWithoutADatabaseIsAFault() {
    assertThat(faults(Map.of("MONGO_URI", "mongodb://root:hunter2@h:27017/?replicaSet=rs0")))
        .singleElement()
        .asString()
        .contains("without a database")
        .doesNotContain("hunter2");
  }

  @Test
  void allVariablesAtFaultAreToldAtOnceAndNoSecret() {
    List<ConfigProblem> faults =
        faults(
            Map.of(
                "MONGO_URI", "mongodb://root:hunter2/x@h/shop",
                "MONGO_WATCH_OPERATIONS", "insert,upsert",
                "NATS_SERVER_URL", "http://u:hunter2@h",
                "NATS_STREAM_NAME", "a.b",
                "HTTP_PORT", "70000",
                "RAFT_CLUSTER_SIZE", "many"));

    assertThat(faults)
        .extracting(ConfigProblem::key)
        .containsExactlyInAnyOrder(
            "MONGO_URI",
            "MONGO_WATCH_OPERATIONS",
            "NATS_SERVER_URL",
            "NATS_STREAM_NAME",
            "HTTP_PORT",
            "RAFT_CLUSTER_SIZE");
    assertThat(faults.toString()).doesNotContain("hunter2");
  }

  // The driver quotes what it stumbles over.
  @Test
  void nothingThatTheDriverSaysOfAUriIsPassedOn() {
    assertThat(faults(Map.of("MONGO_URI", "mongodb://root:hun%Qter@h/shop")))
        .singleElement()
        .asString()
        .contains("percent-encoded")
        .doesNotContain("Q");
  }

  @Test
  void uriTellsItsDatabase() {
    assertThat(MongoUri.database("mongodb://h1,h2:27018/shop")).contains("shop");
    assertThat(MongoUri.database("mongodb+srv://u:p%40@h/my%20db?x=/y")).contains("my db");
    assertThat(MongoUri.database("mongodb://h")).isEmpty();
    assertThat(MongoUri.database("mongodb://h/?a=b")).isEmpty();
  }

  private static MillraceConfig valid(Map<String, String> variables) {
    return ConfigFileTest.valid(new ConfigReader(variables).variables());
  }

  private static List<ConfigProblem> faults(Map<String, String> variables) {
    return ((Reading.Faulty) new ConfigReader(variables).variables()).problems();
  }
}
