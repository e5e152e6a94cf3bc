package dev.millrace.sink.crate;

import dev.millrace.config.SinkConfig;
import dev.millrace.json.JsonMode;
import dev.millrace.model.Namespace;
import dev.millrace.model.RawValue;
import dev.millrace.table.TableView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What {@link CrateSink} wrote. Rows are looked up by their ids, which finds them at once; keys are
 * listed by what is searchable, so that is brought up to date when a listing begins.
 */
final class CrateTableView implements TableView {
  /** As many as {@link CrateTable} asks for. */
  private static final int KEYS_AT_ONCE = 100;

  private final CrateClient client;
  private final SinkConfig.Crate config;
  private final Function<RawValue, String> key;
  private final Entries entries;
  private final DeadLetters letters;

  /** As tables were when one of their listings began. */
  private final Map<Namespace, Optional<Found>> known = new HashMap<>();

  CrateTableView(SinkConfig.Crate config, Function<RawValue, String> key, String pipeline) {
    this.client = new CrateClient(config);
    this.config = config;
    this.key = key;
    this.entries = new Entries(client, config.schema());
    this.letters = new DeadLetters(client, config.schema(), pipeline);
  }

  /**
   * @param isMarking whether rows may be only marked as deleted
   */
  private record Found(String name, String quoted, boolean isMarking) {}

  @Override
  public JsonMode json() {
    return config.tables().json();
  }

  @Override
  public boolean keepsDropped() {
    return config.tables().keepOnDrop();
  }

  @Override
  public String key(RawValue id) {
    return key.apply(id);
  }

  @Override
  public Set<Namespace> collections() {
    entries.look();
    return entries.all().keySet();
  }

  @Override
  public List<String> keys(Namespace namespace, @Nullable String after, int most) {
    if (after == null) {
      known.remove(namespace);
    }
    Optional<Found> table = table(namespace);
    if (table.isEmpty()) {
      return List.of();
    }
    Found it = table.get();
    if (after == null) {
      client.runLong("refreshing", it.name(), "REFRESH TABLE " + it.quoted());
    }
    Reply reply =
        client.run(
            "looking for keys in",
            it.name(),
            "SELECT oid FROM %s WHERE oid > ?%s ORDER BY oid LIMIT %d"
                .formatted(it.quoted(), it.isMarking() ? " AND deleted_at IS NULL" : "", most),
            after == null ? "" : after);
    List<String> keys = new ArrayList<>();
    reply.rows().values().forEach(row -> keys.add(row.get(0).asString()));
    return keys;
  }

  @Override
  public void rows(
      Namespace namespace, Collection<String> keys, BiConsumer<String, byte @Nullable []> shown) {
    table(namespace).ifPresent(table -> inParts(keys, some -> rows(table, some, shown)));
  }

  private void rows(Found table, List<String> keys, BiConsumer<String, byte @Nullable []> shown) {
    String columns = "data, data_misfit" + (table.isMarking() ? ", deleted_at" : "");
    for (JsonNode row : select(table, columns, keys)) {
      if (row.path(3).isNull() || row.path(3).isMissingNode()) {
        shown.accept(row.get(0).asString(), whole(row.get(1), row.get(2)));
      }
    }
  }

  /** The ids and these columns of some rows. */
  private Collection<JsonNode> select(Found table, String columns, List<String> keys) {
    return client
        .run(
            "looking for rows in",
            table.name(),
            // By ids and nothing else, or only what is searchable is found.
            "SELECT oid, %s FROM %s WHERE oid = ?%s"
                .formatted(columns, table.quoted(), " OR oid = ?".repeat(keys.size() - 1)),
            keys.toArray())
        .rows()
        .values();
  }

  /** The document from where it is whole. */
  private static byte @Nullable [] whole(JsonNode data, JsonNode misfit) {
    if (!misfit.isNull()) {
      return misfit.asString().getBytes(StandardCharsets.UTF_8);
    }
    return data.isNull() ? null : Reply.JSON.writeValueAsBytes(data);
  }

  /** A letter may outlive a crash that came between the row's writing and its own removal. */
  @Override
  public Set<String> deadLetters(Namespace namespace, Collection<String> keys) {
    Map<String, String> versions = new HashMap<>();
    inParts(keys, some -> versions.putAll(letters.of(namespace, some)));
    Set<String> open = new HashSet<>(versions.keySet());
    table(namespace)
        .ifPresent(table ->
            inParts(
                versions.keySet(),
                some -> {
                  for (JsonNode row : select(table, Shape.VERSION, some)) {
                    String id = row.get(0).asString();
                    if (versions.getOrDefault(id, "").compareTo(row.get(1).asString("")) <= 0) {
                      open.remove(id);
                    }
                  }
                }));
    return open;
  }

  private static void inParts(Collection<String> keys, Consumer<List<String>> part) {
    List<String> all = List.copyOf(keys);
    for (int at = 0; at < all.size(); at += KEYS_AT_ONCE) {
      part.accept(all.subList(at, Math.min(all.size(), at + KEYS_AT_ONCE)));
    }
  }

  /** Empty where it was dropped, or is none of ours: then it has no rows of the collection. */
  private Optional<Found> table(Namespace namespace) {
    return known.computeIfAbsent(namespace, this::find);
  }

  private Optional<Found> find(Namespace namespace) {
    entries.look();
    return entries
        .of(namespace)
        .map(Entry::table)
        .flatMap(name ->
            Shape.of(client, config.schema(), name)
                .filter(Shape::takesDocuments)
                .map(shape -> found(name, shape)));
  }

  private Found found(String name, Shape shape) {
    return new Found(name, CrateTable.quoted(config.schema(), name), shape.has(Shape.DELETED_AT));
  }

  @Override
  public void close() {
    client.close();
  }
}
