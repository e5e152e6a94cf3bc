package dev.millrace.tap;

import dev.millrace.config.ConfigProblem;
import dev.millrace.json.JsonBuffer;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bson.BSONException;
import org.bson.BsonDocument;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;
import org.bson.json.JsonParseException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a run goes on from, as tap-mongodb keeps it, with the resume token beside the time: {@code
 * {"bookmarks": {"db-collection": {…}}, "currently_syncing": …}}. What it does not know it leaves
 * as it is.
 */
public final class TapState {
  private static final JsonMapper MAPPER = new JsonMapper();

  private static final String METHOD = "last_replication_method";
  private static final String KEY_NAME = "replication_key_name";
  private static final String KEY_VALUE = "replication_key_value";
  private static final String KEY_TYPE = "replication_key_type";
  private static final String VERSION = "version";
  private static final String COMPLETE = "initial_full_table_complete";
  private static final String MAX_ID = "max_id_value";
  private static final String MAX_ID_TYPE = "max_id_type";
  private static final String LAST_ID = "last_id_fetched";
  private static final String LAST_ID_TYPE = "last_id_fetched_type";
  private static final String TIME = "oplog_ts_time";
  private static final String INCREMENT = "oplog_ts_inc";
  private static final String TOKEN = "resume_token";
  private static final String SCOPE = "resume_scope";
  private static final String DEPLOYMENT = "resume_deployment";

  private final ObjectNode root;
  private final ObjectNode bookmarks;

  /** Where a stream's changes go on. */
  record Place(long time, @Nullable Position token, String scope, String deployment) {}

  /** An empty one, or the one that a run left; also in the message that told of it. */
  public TapState(JsonNode state) {
    JsonNode value =
        state.path("type").asString("").equals("STATE") && state.has("value")
            ? state.path("value")
            : state;
    this.root = value instanceof ObjectNode object ? object.deepCopy() : MAPPER.createObjectNode();
    this.bookmarks =
        root.path("bookmarks") instanceof ObjectNode there ? there : root.putObject("bookmarks");
  }

  /** What is wrong with one from outside; empty where nothing is. */
  public static List<ConfigProblem> faults(JsonNode state) {
    List<ConfigProblem> faults = new ArrayList<>();
    JsonNode found = new TapState(state).bookmarks;
    if (!state.isObject()) {
      faults.add(new ConfigProblem("state", "no object", "the last STATE that the tap wrote"));
    }
    for (String id : found.propertyNames()) {
      if (!found.path(id).isObject()) {
        faults.add(new ConfigProblem("bookmarks." + id, found.path(id).toString(), "an object"));
      }
    }
    return faults;
  }

  /** The streams in the order in which they are due: the interrupted one, new ones, the others. */
  List<TapStream> inOrder(List<TapStream> streams) {
    String interrupted = root.path("currently_syncing").asString("");
    List<TapStream> order = new ArrayList<>();
    streams.stream().filter(it -> it.id().equals(interrupted)).forEach(order::add);
    streams.stream().filter(it -> !order.contains(it) && !has(it)).forEach(order::add);
    streams.stream().filter(it -> !order.contains(it)).forEach(order::add);
    return order;
  }

  private boolean has(TapStream stream) {
    return !bookmarks.path(stream.id()).isEmpty();
  }

  private ObjectNode of(TapStream stream) {
    return bookmarks.path(stream.id()) instanceof ObjectNode there
        ? there
        : bookmarks.putObject(stream.id());
  }

  void syncing(@Nullable TapStream stream) {
    if (stream == null) {
      root.putNull("currently_syncing");
    } else {
      root.put("currently_syncing", stream.id());
    }
  }

  /**
   * Begins a stream: what was kept for another method, or by another key, says nothing.
   *
   * @return why everything is read anew; empty where it is not
   */
  Optional<String> begin(TapStream stream) {
    ObjectNode bookmark = of(stream);
    String method = stream.method().name();
    String before = bookmark.path(METHOD).asString("");
    String key = stream.replicationKey().orElse("");
    String keyBefore = bookmark.path(KEY_NAME).asString("");
    Optional<String> why = Optional.empty();
    if (!before.isEmpty() && !before.equals(method)) {
      why = Optional.of("its replication method changed from " + before + " to " + method);
    } else if (stream.method() == TapStream.Method.INCREMENTAL
        && !keyBefore.isEmpty()
        && !keyBefore.equals(key)) {
      why = Optional.of("its replication key changed from " + keyBefore + " to " + key);
    }
    if (why.isPresent()) {
      bookmark.removeAll();
    }
    bookmark.put(METHOD, method);
    if (stream.method() == TapStream.Method.INCREMENTAL) {
      bookmark.put(KEY_NAME, key);
    }
    return why;
  }

  /** The version of the target's rows; empty before the first. */
  Optional<Long> version(TapStream stream) {
    JsonNode version = of(stream).path(VERSION);
    return version.isNumber() ? Optional.of(version.asLong()) : Optional.empty();
  }

  void version(TapStream stream, long version) {
    of(stream).put(VERSION, version);
  }

  boolean isComplete(TapStream stream) {
    return of(stream).path(COMPLETE).asBoolean(false);
  }

  /** All of it is to be read again; the target's rows stay until then. */
  void incomplete(TapStream stream) {
    ObjectNode bookmark = of(stream);
    for (String key : List.of(COMPLETE, TIME, INCREMENT, TOKEN, SCOPE, DEPLOYMENT)) {
      bookmark.remove(key);
    }
    forgetIds(bookmark);
  }

  Optional<BsonValue> maxId(TapStream stream) {
    return value(stream, MAX_ID, MAX_ID_TYPE);
  }

  void maxId(TapStream stream, BsonValue id) {
    put(stream, id, MAX_ID, MAX_ID_TYPE);
  }

  Optional<BsonValue> lastId(TapStream stream) {
    return value(stream, LAST_ID, LAST_ID_TYPE);
  }

  void lastId(TapStream stream, BsonValue id) {
    put(stream, id, LAST_ID, LAST_ID_TYPE);
  }

  void complete(TapStream stream) {
    forgetIds(stream);
    of(stream).put(COMPLETE, true);
  }

  /** It is read from its beginning. */
  void forgetIds(TapStream stream) {
    forgetIds(of(stream));
  }

  private static void forgetIds(ObjectNode bookmark) {
    for (String key : List.of(MAX_ID, MAX_ID_TYPE, LAST_ID, LAST_ID_TYPE)) {
      bookmark.remove(key);
    }
  }

  Optional<BsonValue> keyValue(TapStream stream) {
    return value(stream, KEY_VALUE, KEY_TYPE);
  }

  void keyValue(TapStream stream, BsonValue value) {
    put(stream, value, KEY_VALUE, KEY_TYPE);
  }

  /** Where its changes go on; empty before a first copy. */
  Optional<Place> place(TapStream stream) {
    ObjectNode bookmark = of(stream);
    JsonNode seconds = bookmark.path(TIME);
    if (!seconds.isNumber()) {
      return Optional.empty();
    }
    long time =
        new BsonTimestamp((int) seconds.asLong(), (int) bookmark.path(INCREMENT).asLong(0))
            .getValue();
    return Optional.of(
        new Place(
            time,
            token(bookmark),
            bookmark.path(SCOPE).asString(""),
            bookmark.path(DEPLOYMENT).asString("")));
  }

  /** Of another time, as when somebody went back to another tap meanwhile, it says nothing. */
  private static @Nullable Position token(ObjectNode bookmark) {
    if (!bookmark.path(TOKEN).isObject()) {
      return null;
    }
    Position token;
    try {
      token = Position.of(BsonDocument.parse(bookmark.path(TOKEN).toString()));
    } catch (IllegalArgumentException | JsonParseException | BSONException e) {
      return null;
    }
    BsonTimestamp time = new BsonTimestamp(token.clusterTime());
    boolean same =
        Integer.toUnsignedLong(time.getTime()) == bookmark.path(TIME).asLong()
            && Integer.toUnsignedLong(time.getInc()) == bookmark.path(INCREMENT).asLong();
    return same ? token : null;
  }

  void place(TapStream stream, Place place) {
    ObjectNode bookmark = of(stream);
    bookmark.put(TIME, ClusterTime.seconds(place.time()));
    bookmark.put(INCREMENT, place.time() & 0xFFFF_FFFFL);
    Position token = place.token();
    if (token == null) {
      bookmark.remove(TOKEN);
      bookmark.remove(SCOPE);
    } else {
      bookmark.set(TOKEN, MAPPER.readTree(token.token().toJson()));
      bookmark.put(SCOPE, place.scope());
    }
    bookmark.put(DEPLOYMENT, place.deployment());
  }

  private Optional<BsonValue> value(TapStream stream, String key, String typeKey) {
    ObjectNode bookmark = of(stream);
    JsonNode text = bookmark.path(key);
    if (text.isMissingNode() || text.isNull()) {
      return Optional.empty();
    }
    String type = bookmark.path(typeKey).asString("");
    return Optional.of(
        new BookmarkValue(text.asString(), type).toValue("bookmarks." + stream.id() + "." + key));
  }

  private void put(TapStream stream, BsonValue value, String key, String typeKey) {
    BookmarkValue kept = BookmarkValue.of(value);
    of(stream).put(key, kept.text()).put(typeKey, kept.type());
  }

  /** Appends it as one JSON object. */
  void write(JsonBuffer out) {
    out.raw(MAPPER.writeValueAsBytes(root));
  }

  @Override
  public String toString() {
    return root.toString();
  }
}
