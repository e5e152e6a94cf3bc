package dev.millrace.lab;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.bson.BsonArray;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.bson.conversions.Bson;
import org.jspecify.annotations.Nullable;

/**
 * One running MongoDB deployment on loopback ports, with handles to break it. Nodes are numbered
 * from 0. {@link #close} kills it and removes its temporary folder; so do the end and the sudden
 * death of this JVM. Thread-safe, but two threads that break the same node get what they ask for.
 */
public final class MongoServers implements AutoCloseable {
  /** The name of the replica set. */
  public static final String SET_NAME = "lab";

  /** The user that exists with {@link MongoServersBuilder#auth}; it may do everything. */
  public static final String ROOT_USER = "root";

  /** The password of {@link #ROOT_USER}. */
  public static final String ROOT_PASSWORD = "lab-root";

  private static final Duration PRIMARY_DEADLINE = Duration.ofSeconds(60);
  private static final int ELECTION_MILLIS = 1_500;
  private static final int HEARTBEAT_MILLIS = 500;

  /** What is started. */
  public enum Kind {
    /** An initiated replica set with a writable primary. */
    REPLICA_SET,
    /** A mongod that knows nothing of replica sets. */
    STANDALONE,
    /**
     * Started with a set name, never initiated: the state a forgotten {@code rs.initiate()} leaves.
     */
    UNINITIATED
  }

  private final Kind kind;
  private final boolean auth;
  private final List<MongoNode> nodes;
  private final @Nullable Path scratch;
  private @Nullable MongoClient client;

  MongoServers(Kind kind, boolean auth, List<MongoNode> nodes, @Nullable Path scratch) {
    this.kind = kind;
    this.auth = auth;
    this.nodes = List.copyOf(nodes);
    this.scratch = scratch;
  }

  /** A replica set of one node. */
  public static MongoServers replicaSet() {
    return builder().start();
  }

  /** Says what to start. */
  public static MongoServersBuilder builder() {
    return new MongoServersBuilder();
  }

  void startAll() throws IOException {
    for (MongoNode node : nodes) {
      node.startAnywhere();
    }
    if (kind == Kind.REPLICA_SET) {
      initiate();
      awaitHealthy();
    }
    if (auth && kind != Kind.UNINITIATED) {
      createRoot();
    }
  }

  private void initiate() {
    BsonArray members = new BsonArray();
    for (int i = 0; i < nodes.size(); i++) {
      members.add(
          new BsonDocument("_id", new BsonInt32(i))
              .append("host", new BsonString(nodes.get(i).address())));
    }
    BsonDocument config =
        new BsonDocument("_id", new BsonString(SET_NAME)).append("members", members);
    if (nodes.size() > 1) {
      config.append(
          "settings",
          new BsonDocument("electionTimeoutMillis", new BsonInt32(ELECTION_MILLIS))
              .append("heartbeatIntervalMillis", new BsonInt32(HEARTBEAT_MILLIS)));
    }
    nodes.getFirst().run(new BsonDocument("replSetInitiate", config));
  }

  /** The first user may be made without logging in, from the same machine. */
  private void createRoot() {
    MongoNode node = kind == Kind.STANDALONE ? nodes.getFirst() : nodes.get(awaitPrimary());
    node.run(
        new BsonDocument("createUser", new BsonString(ROOT_USER))
            .append("pwd", new BsonString(ROOT_PASSWORD))
            .append("roles", new BsonArray(List.of(new BsonString("root"))))
            .append("writeConcern", new BsonDocument("w", new BsonString("majority"))));
    nodes.forEach(each -> each.useCredentials(ROOT_USER + ":" + ROOT_PASSWORD + "@"));
  }

  /** How many nodes there are, dead ones too. */
  public int size() {
    return nodes.size();
  }

  /**
   * A connection string for all nodes, with {@code replicaSet=} except for a standalone server, as
   * root if there is authentication; names no database.
   */
  public String uri() {
    return uri("");
  }

  /** Like {@link #uri()}, with this default database. */
  public String uri(String database) {
    return auth ? uri(ROOT_USER, ROOT_PASSWORD, database) : uriWith("", database, "");
  }

  /**
   * Like {@link #uri(String)}, for another user, who is looked for in {@code admin}. Name and
   * password go in as they are: percent-encode them where needed.
   */
  public String uri(String user, String password, String database) {
    return uriWith(user + ":" + password + "@", database, "authSource=admin");
  }

  private String uriWith(String credentials, String database, String option) {
    String hosts = nodes.stream().map(MongoNode::address).collect(Collectors.joining(","));
    String set = kind == Kind.STANDALONE ? "directConnection=true" : "replicaSet=" + SET_NAME;
    return "mongodb://%s%s/%s?%s%s"
        .formatted(credentials, hosts, database, set, option.isEmpty() ? "" : "&" + option);
  }

  /** A connection string for one node in whatever state, as root if there is authentication. */
  public String directUri(int node) {
    return nodes.get(node).directUri();
  }

  /**
   * A client of the whole deployment that notices failovers fast. Shared: closed by {@link #close},
   * not by the caller.
   */
  public synchronized MongoClient client() {
    if (client == null) {
      client =
          MongoClients.create(
              MongoClientSettings.builder()
                  .applyConnectionString(new ConnectionString(uri()))
                  .applyToServerSettings(server ->
                      server
                          .heartbeatFrequency(500, TimeUnit.MILLISECONDS)
                          .minHeartbeatFrequency(50, TimeUnit.MILLISECONDS))
                  .build());
    }
    return client;
  }

  /** The node that says it is the writable primary, or -1 when none does at the moment. */
  public int primaryIndex() {
    for (int i = 0; i < nodes.size(); i++) {
      if (is(nodes.get(i).hello(), "isWritablePrimary")) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Waits up to a minute for a writable primary and returns its number.
   *
   * @throws ServerUnavailable when none appears
   */
  public int awaitPrimary() {
    int[] primary = {-1};
    Poll.until(
        PRIMARY_DEADLINE,
        () -> {
          primary[0] = primaryIndex();
          return primary[0] >= 0;
        },
        () -> new ServerUnavailable(ServerUnavailable.NOT_STARTED, "No primary was elected."));
    return primary[0];
  }

  /**
   * Waits up to a minute until one node is primary and all the others are secondaries.
   *
   * @throws ServerUnavailable when that does not happen
   */
  public void awaitHealthy() {
    awaitPrimary();
    Poll.until(
        PRIMARY_DEADLINE,
        () ->
            nodes.stream()
                .map(MongoNode::hello)
                .allMatch(hello -> is(hello, "isWritablePrimary") || is(hello, "secondary")),
        () -> new ServerUnavailable(ServerUnavailable.NOT_STARTED, "Not all nodes are well."));
  }

  private static boolean is(@Nullable BsonDocument hello, String field) {
    return hello != null && hello.getBoolean(field, BsonBoolean.FALSE).getValue();
  }

  /** Kills a node without warning (SIGKILL), also a paused one; returns once it is gone. */
  public void kill(int node) {
    nodes.get(node).process().kill();
  }

  /** Stops a node from running (SIGSTOP): its connections stay open, but it does not answer. */
  public void pause(int node) {
    nodes.get(node).process().pause();
  }

  /** Lets a paused node run on. */
  public void resume(int node) {
    nodes.get(node).process().resume();
  }

  /**
   * Starts a killed node again, same port and data; returns once it accepts connections, which is
   * before it has a role in its set: see {@link #awaitHealthy}.
   */
  public void restart(int node) {
    try {
      nodes.get(node).startAgain();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether the process of that node exists; a paused one does. */
  public boolean isAlive(int node) {
    return nodes.get(node).isAlive();
  }

  /** Its process id; another one after {@link #restart}. */
  public long pid(int node) {
    return nodes.get(node).process().pid();
  }

  /** The loopback port it listens on, for all its life. */
  public int port(int node) {
    return nodes.get(node).port();
  }

  /** Where it writes its log. */
  public Path logFile(int node) {
    return nodes.get(node).logFile();
  }

  /**
   * Runs a command on the admin database of one node, whatever its state.
   *
   * @throws com.mongodb.MongoException when it fails or is not answered within ten seconds
   */
  public BsonDocument run(int node, Bson command) {
    return nodes.get(node).run(command);
  }

  /** Runs a command on the admin database of the primary, waiting for one if need be. */
  public BsonDocument runOnPrimary(Bson command) {
    return run(kind == Kind.REPLICA_SET ? awaitPrimary() : 0, command);
  }

  /**
   * Sets a fail point on the primary.
   *
   * @param mode a document such as {@code {times: 1}}, or the string {@code alwaysOn}
   * @param data what the fail point takes, possibly empty
   */
  public void failPoint(String name, BsonValue mode, BsonDocument data) {
    BsonDocument command =
        new BsonDocument("configureFailPoint", new BsonString(name)).append("mode", mode);
    if (!data.isEmpty()) {
      command.append("data", data);
    }
    runOnPrimary(command);
  }

  /** Ends a fail point on every node that answers: the primary may be another one by now. */
  public void failPointOff(String name) {
    BsonDocument command =
        new BsonDocument("configureFailPoint", new BsonString(name))
            .append("mode", new BsonString("off"));
    nodes.stream().filter(node -> node.hello() != null).forEach(node -> node.run(command));
  }

  @Override
  public synchronized void close() {
    if (client != null) {
      client.close();
      client = null;
    }
    for (MongoNode node : nodes) {
      node.closeClient();
      if (node.isAlive()) {
        node.process().kill();
      }
    }
    if (scratch != null) {
      try {
        ServerProcess.removeScratch(scratch);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
