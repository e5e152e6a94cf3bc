package dev.millrace.sink.crate;

import com.mongodb.MongoNamespace;
import dev.millrace.config.SinkConfig;
import dev.millrace.config.SinkConfig.CrateObjects;
import dev.millrace.config.SinkConfig.OnMisfit;
import dev.millrace.lab.ByValue;
import dev.millrace.lab.SinkImage;
import dev.millrace.lab.TcpProxy;
import dev.millrace.model.CommitPoint;
import dev.millrace.model.Namespace;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A schema of its own in the CrateDB that is given, and what a person sees of it. */
public final class LiveCrate implements AutoCloseable {
  private static final URI NODE =
      URI.create(Optional.ofNullable(System.getenv("CRATEDB_URL")).orElse("http://localhost:4200"));

  private final String schema = "millrace_" + UUID.randomUUID().toString().replace("-", "");
  private final TcpProxy proxy = TcpProxy.to(NODE.getHost(), NODE.getPort());
  private final CrateClient person;

  /** Makes nothing yet. */
  public LiveCrate() {
    this.person = new CrateClient(config(NODE, SinkConfig.Tables.USUAL));
  }

  /** Where the server itself is, without a proxy before it. */
  public static URI node() {
    return NODE;
  }

  public String schema() {
    return schema;
  }

  TcpProxy proxy() {
    return proxy;
  }

  SinkConfig.Crate config() {
    return config(SinkConfig.Tables.USUAL);
  }

  SinkConfig.Crate config(SinkConfig.Tables tables) {
    return config(URI.create("http://" + proxy.address() + "/"), tables);
  }

  private SinkConfig.Crate config(URI node, SinkConfig.Tables tables) {
    return new SinkConfig.Crate(
        List.of(node), Optional.empty(), schema, tables, CrateObjects.DYNAMIC, OnMisfit.TEXT);
  }

  Reply run(String sql, @Nullable Object... parameters) {
    return person.runLong("trying", schema, sql, parameters);
  }

  Reply bulk(String sql, List<@Nullable Object[]> rows) {
    return person.offered(person.begin(Request.bulk(sql, rows)), schema);
  }

  /** Cells as text; null for null. */
  public List<List<@Nullable String>> query(String sql, @Nullable Object... parameters) {
    List<List<@Nullable String>> rows = new ArrayList<>();
    for (JsonNode row : run(sql, parameters).rows().values()) {
      List<@Nullable String> cells = new ArrayList<>();
      for (JsonNode cell : row.values()) {
        cells.add(cell.isNull() ? null : cell.isString() ? cell.asString() : cell.toString());
      }
      rows.add(cells);
    }
    return rows;
  }

  public String quoted(String table) {
    return CrateTable.quoted(schema, table);
  }

  /** The names of all, in their order. */
  public List<String> tables() {
    List<String> tables = new ArrayList<>();
    query(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = ? ORDER BY 1",
            schema)
        .forEach(row -> tables.add(String.valueOf(row.getFirst())));
    return tables;
  }

  Optional<String> tableOf(Namespace namespace) {
    if (!tables().contains("millrace_collections")) {
      return Optional.empty();
    }
    return query(
            "SELECT table_name FROM %s WHERE database_name = ? AND collection_name = ?"
                .formatted(quoted("millrace_collections")),
            namespace.database(),
            namespace.collection())
        .stream()
        .map(row -> String.valueOf(row.getFirst()))
        .findFirst();
  }

  /** All documents that live, each from where it is whole. */
  Map<String, BsonDocument> documents(Namespace namespace) {
    Optional<String> name = tableOf(namespace);
    if (name.isEmpty()) {
      return Map.of();
    }
    String table = quoted(name.get());
    run("REFRESH TABLE " + table);
    boolean marking = Shape.of(person, schema, name.get()).orElseThrow().has(Shape.DELETED_AT);
    Map<String, BsonDocument> documents = new HashMap<>();
    query(
            "SELECT oid, data, data_misfit FROM %s%s LIMIT 1000000"
                .formatted(table, marking ? " WHERE deleted_at IS NULL" : ""))
        .forEach(row -> {
          String whole = row.get(2) == null ? row.get(1) : row.get(2);
          documents.put(String.valueOf(row.get(0)), ByValue.parse(String.valueOf(whole)));
        });
    return documents;
  }

  /** All documents of one collection, to be held against the source's. */
  public SinkImage image(Namespace namespace) {
    SinkImage image = new SinkImage(true);
    MongoNamespace name = new MongoNamespace(namespace.database(), namespace.collection());
    documents(namespace).values().forEach(document -> image.put(name, document));
    return image;
  }

  Optional<CommitPoint> committed(String pipeline) {
    for (JsonNode row :
        run(
                "SELECT cluster_time, consistent, reason, excluded FROM %s WHERE pipeline = ?"
                    .formatted(quoted("millrace_commits")),
                pipeline)
            .rows()
            .values()) {
      List<String> excluded = new ArrayList<>();
      row.get(3).values().forEach(name -> excluded.add(name.asString()));
      long time = row.get(0).isNull() ? 0 : Long.parseUnsignedLong(row.get(0).asString(), 16);
      return Optional.of(
          new CommitPoint(time, row.get(1).asBoolean(), row.get(2).asString(), excluded));
    }
    return Optional.empty();
  }

  void dropAll() {
    tables().forEach(table -> run("DROP TABLE " + quoted(table)));
  }

  @Override
  public void close() {
    dropAll();
    person.close();
    proxy.close();
  }
}
