package dev.millrace.config;

import dev.millrace.config.SinkConfig.Misfits;
import dev.millrace.config.SinkConfig.NatsLogin;
import dev.millrace.engine.CopyPlan;
import dev.millrace.json.JsonMode;
import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.source.FullDocument;
import dev.millrace.source.PreImage;
import dev.millrace.source.StartFrom;
import dev.millrace.source.Subset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One pipeline from MongoDB to JetStream out of environment variables, with the names and defaults
 * of mongodb-nats-connector, so that it can be replaced in place. Deletes are relayed by default;
 * there they were not. HTTP listens on all interfaces, as it does there.
 */
final class VariablesReader {
  static final String DEFAULT_SERVER = "nats://127.0.0.1:4222";
  static final String DEFAULT_STREAM = "cs";

  private final Problems problems = new Problems();
  private final Variables variables;

  VariablesReader(Map<String, String> environment) {
    this.variables = new Variables(environment, problems);
  }

  Reading read() {
    String uri = uri();
    String database = MongoUri.database(uri).orElse("");
    String stream =
        variables
            .value("NATS_STREAM_NAME", Values::streamName, Values.STREAM)
            .orElse(DEFAULT_STREAM);
    PipelineConfig pipeline =
        new PipelineConfig(
            stream,
            new SourceConfig(
                new Secret(uri),
                Optional.of(database),
                variables.text("MONGO_WATCH_COLLECTIONS").map(Values::list).orElse(List.of()),
                Subset.ALL,
                operations(),
                FullDocument.LOOKUP,
                PreImage.OFF,
                new StartFrom.Now()),
            new CheckpointConfig.Source(new Namespace(database, variables.positions())),
            new SinkConfig.JetStream(
                servers(),
                stream,
                new NatsLogin.None(),
                Optional.empty(),
                false,
                JsonMode.RELAXED,
                1,
                misfits()),
            LimitsConfig.DEFAULT,
            copy());
    return problems.reading(
        new MillraceConfig(List.of(pipeline), variables.http(), LogConfig.DEFAULT, notes()));
  }

  private String uri() {
    String uri = variables.text("MONGO_URI").orElse("");
    if (uri.isEmpty()) {
      problems.add(
          "MONGO_URI",
          "nothing",
          MongoUri.EXPECTED + ", or a configuration file: millrace run file.yaml");
      return uri;
    }
    Optional<String> fault = MongoUri.fault(uri);
    if (fault.isPresent()) {
      problems.add("MONGO_URI", fault.get(), MongoUri.EXPECTED);
    } else if (MongoUri.database(uri).isEmpty()) {
      problems.add(
          "MONGO_URI",
          "a connection string without a database",
          "the database to follow in its path: mongodb://host:27017/database");
    }
    return uri;
  }

  private Set<Operation> operations() {
    Set<Operation> operations = EnumSet.noneOf(Operation.class);
    for (String name :
        variables.text("MONGO_WATCH_OPERATIONS").map(Values::list).orElse(List.of())) {
      Values.operation(name)
          .ifPresentOrElse(
              operations::add,
              () ->
                  problems.add("MONGO_WATCH_OPERATIONS", Variables.quoted(name), Values.OPERATION));
    }
    return operations.isEmpty()
        ? EnumSet.of(Operation.INSERT, Operation.UPDATE, Operation.REPLACE, Operation.DELETE)
        : operations;
  }

  private List<Secret> servers() {
    List<Secret> servers = new ArrayList<>();
    for (String url : Values.list(variables.text("NATS_SERVER_URL").orElse(DEFAULT_SERVER))) {
      Values.natsServer(url)
          .ifPresentOrElse(
              servers::add,
              () -> problems.add("NATS_SERVER_URL", Problems.NOT_SHOWN, Values.SERVER));
    }
    return servers;
  }

  /** Nothing is published that a consumer of mongodb-nats-connector does not know, unasked. */
  private CopyPlan copy() {
    boolean copies = variables.value("MONGO_SNAPSHOT", Values::truth, Values.TRUTH).orElse(false);
    return CopyReader.usual(
        copies ? CopyPlan.Snapshot.INITIAL : CopyPlan.Snapshot.NEVER,
        variables.value("MONGO_COMMIT_POINTS", Values::truth, Values.TRUTH).orElse(false));
  }

  /** Nor is one left out, unasked: who knows change events only would not see a dead letter. */
  private Misfits misfits() {
    return variables
        .value("NATS_ON_MISFIT", Words.of(Misfits.class)::named, Words.of(Misfits.class).expected())
        .orElse(Misfits.STOP);
  }

  private List<String> notes() {
    Optional<Integer> size =
        variables.value(
            "RAFT_CLUSTER_SIZE",
            text -> Values.integer(text, 1, 99),
            "how many instances run, such as 1 or 3");
    return size.isPresent() && size.get() == 1
        ? List.of()
        : List.of(
            "this version runs alone whatever RAFT_CLUSTER_SIZE says ("
                + size.map(s -> "it is " + s).orElse("it is not set")
                + "); 1 says that this is meant");
  }
}
