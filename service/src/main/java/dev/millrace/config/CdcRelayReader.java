package dev.millrace.config;

import dev.millrace.config.SinkConfig.CrateObjects;
import dev.millrace.config.SinkConfig.DatabaseLogin;
import dev.millrace.config.SinkConfig.OnForeignTable;
import dev.millrace.config.SinkConfig.OnMisfit;
import dev.millrace.config.SinkConfig.Tables;
import dev.millrace.engine.CopyPlan;
import dev.millrace.engine.CopyPlan.Snapshot;
import dev.millrace.json.JsonMode;
import dev.millrace.model.NamePattern;
import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.source.FullDocument;
import dev.millrace.source.PreImage;
import dev.millrace.source.StartFrom;
import dev.millrace.source.Subset;
import dev.millrace.table.TableName;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One collection of MongoDB into one table of CrateDB out of environment variables, with the names
 * and defaults of the relay in Python of which {@code cdc-relay} is the successor.
 */
final class CdcRelayReader {
  private static final String MONGO_URI = "MONGO_URI";

  private final Map<String, String> environment;
  private final Problems problems = new Problems();
  private final Variables variables;

  CdcRelayReader(Map<String, String> environment) {
    this.environment = environment;
    this.variables = new Variables(environment, problems);
  }

  /**
   * Whether these variables are meant for it, and not for the connector to NATS, whose one required
   * variable has another name.
   */
  static boolean isMeantBy(Map<String, String> environment) {
    Variables variables = new Variables(environment, new Problems());
    return variables.text(MONGO_URI).isEmpty()
        && variables.text(CollectionAddress.URL).isPresent()
        && CdcRelay.CRATE_URLS.stream().anyMatch(name -> variables.text(name).isPresent());
  }

  Reading read(CdcRelay relay) {
    CollectionAddress.faults(environment)
        .forEach(fault -> problems.add(fault.key(), fault.found(), fault.expected()));
    Namespace collection = CollectionAddress.namespace(environment);
    Namespace positions = new Namespace(collection.database(), variables.positions());
    demandFollowable(collection, positions);
    Secret uri = new Secret(variables.text(CollectionAddress.URL).orElse(""));
    List<CrateUrl> nodes = nodes();
    CrateTableAddress table = table();
    SinkConfig.Crate sink =
        new SinkConfig.Crate(
            nodes.stream().map(CrateUrl::node).toList(),
            login(nodes),
            table
                .schema()
                .or(() -> nodes.stream().flatMap(node -> node.schema().stream()).findFirst())
                .orElse(CrateReader.USUAL_SCHEMA),
            new Tables(JsonMode.RELAXED, new TableName(table.name()), false, false),
            CrateObjects.DYNAMIC,
            OnMisfit.TEXT,
            relay.replacesTable() ? OnForeignTable.SET_ASIDE : OnForeignTable.REFUSE);
    CopyPlan copy = CopyReader.usual(relay.snapshot(), true);
    PipelineConfig pipeline =
        new PipelineConfig(
            CdcRelay.NAME + "." + collection,
            source(uri, collection),
            new CheckpointConfig.Source(positions),
            sink,
            LimitsConfig.DEFAULT,
            copy);
    HttpConfig http = variables.http();
    if (!problems.found().isEmpty()) {
      return new Reading.Faulty(problems.found());
    }
    return new Reading.Valid(
        new MillraceConfig(
            List.of(pipeline),
            http,
            LogConfig.DEFAULT,
            List.of(way(uri, collection, sink, table), told(relay.snapshot(), positions))));
  }

  private static SourceConfig source(Secret uri, Namespace collection) {
    return new SourceConfig(
        uri,
        Optional.of(collection.database()),
        List.of(collection.collection()),
        Subset.ALL,
        EnumSet.allOf(Operation.class),
        FullDocument.LOOKUP,
        PreImage.OFF,
        new StartFrom.Now());
  }

  private void demandFollowable(Namespace collection, Namespace positions) {
    String name = collection.collection();
    if (!CollectionNames.isSound(name, false) || NamePattern.isPattern(name)) {
      problems.add(
          CollectionAddress.COLLECTION,
          Variables.quoted(name),
          "the name of one collection, without $ and *");
    } else if (collection.equals(positions)) {
      problems.add(
          CollectionAddress.COLLECTION,
          Variables.quoted(name),
          "another collection than the one with the positions (" + Variables.POSITIONS + ")");
    }
  }

  private List<CrateUrl> nodes() {
    Optional<String> key =
        CdcRelay.CRATE_URLS.stream().filter(name -> variables.text(name).isPresent()).findFirst();
    if (key.isEmpty()) {
      problems.add(String.join(" or ", CdcRelay.CRATE_URLS), "nothing", CrateUrl.EXPECTED);
      return List.of();
    }
    List<CrateUrl> nodes = new ArrayList<>();
    List<String> urls = Values.list(variables.text(key.get()).orElse(""));
    if (urls.isEmpty()) {
      problems.add(key.get(), Problems.NOT_SHOWN, CrateUrl.EXPECTED);
    }
    for (String url : urls) {
      CrateUrl.parse(url)
          .ifPresentOrElse(
              nodes::add, () -> problems.add(key.get(), Problems.NOT_SHOWN, CrateUrl.EXPECTED));
    }
    return nodes;
  }

  private static Optional<DatabaseLogin> login(List<CrateUrl> nodes) {
    return nodes.stream().flatMap(node -> node.login().stream()).findFirst();
  }

  private CrateTableAddress table() {
    return variables
        .value(CdcRelay.TABLE, CrateTableAddress::parse, CrateTableAddress.EXPECTED)
        .orElse(new CrateTableAddress(Optional.empty(), CdcRelay.DEFAULT_TABLE));
  }

  private static String way(
      Secret uri, Namespace collection, SinkConfig.Crate sink, CrateTableAddress table) {
    return "from collection %s (MongoDB at %s) into table %s (CrateDB at %s)"
        .formatted(
            collection,
            MongoUri.hosts(uri.reveal()),
            new CrateTableAddress(Optional.of(sink.schema()), table.name()),
            sink.nodes().getFirst().getAuthority());
  }

  private static String told(Snapshot snapshot, Namespace positions) {
    String begins =
        switch (snapshot) {
          case INITIAL -> "what is there is copied first, while its changes are followed";
          case NEVER -> "nothing is copied: changes alone, from the first start on";
          case ONLY -> "what is there is copied, and then it ends";
        };
    return "%s; later starts go on from the position in %s".formatted(begins, positions);
  }
}
