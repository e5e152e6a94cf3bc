package dev.millrace.source.mongo;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.MongoCommandException;
import com.mongodb.MongoException;
import com.mongodb.ReadPreference;
import com.mongodb.ServerAddress;
import com.mongodb.client.MongoClient;
import com.mongodb.connection.ClusterConnectionMode;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.bson.BsonArray;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;

/**
 * The servers that a URI names, each asked alone and directly: a set that was never initiated, or
 * that no longer knows its own host, is invisible to a client that looks for a primary.
 */
public final class Members {
  private static final int INVALID_CONFIG = 93;
  private static final String DEFAULT_SET = "rs0";
  private static final Set<String> EXPLAINABLE =
      Set.of("MR-SOURCE-UNINITIATED", "MR-SOURCE-STANDALONE");

  private Members() {}

  /**
   * One server's own account.
   *
   * @param setName the set it was started for, or for a standalone should be; empty when it says
   *     none
   */
  public record Member(String uri, String address, Condition condition, String setName) {
    /** What is wrong with it, and what to type; empty for a server in order. */
    public Optional<Failure> fault() {
      return switch (condition) {
        case HEALTHY, SILENT -> Optional.empty();
        case STANDALONE ->
            fatal("MR-SOURCE-STANDALONE", MongoFailures.standalone(setName, initiation()));
        case NEVER_INITIATED ->
            fatal(
                "MR-SOURCE-UNINITIATED",
                "%s was started with --replSet %s but that set was never initiated (its log may say \"Failed to refresh key cache\"): run `millrace check --initiate`, or type in mongosh: %s"
                    .formatted(address, setName, initiation()));
        case NOT_IN_ITS_CONFIG ->
            fatal(
                "MR-SOURCE-REMOVED",
                "%s has a stored replica set configuration that no longer names it (its log may say \"Failed to refresh key cache\"): type in mongosh on it: cfg = db.getSiblingDB(\"local\").system.replset.findOne(); cfg.members = [{_id: 0, host: \"%s\"}]; cfg.version++; rs.reconfig(cfg, {force: true})"
                    .formatted(address, address));
      };
    }

    /** Under the address that clients know it by, which need not be its own host name. */
    private String initiation() {
      return "rs.initiate({_id: \"%s\", members: [{_id: 0, host: \"%s\"}]})"
          .formatted(setName, address);
    }

    private static Optional<Failure> fatal(String code, String message) {
      return Optional.of(new Failure.Fatal(code, message));
    }
  }

  /** What a server makes of itself. */
  public enum Condition {
    HEALTHY,
    STANDALONE,
    NEVER_INITIATED,
    NOT_IN_ITS_CONFIG,
    /** It did not answer. */
    SILENT
  }

  /** Asks every server in the URI. */
  public static List<Member> ask(String uri) {
    List<Member> members = new ArrayList<>();
    for (String host : new ConnectionString(uri).getHosts()) {
      members.add(ask(uri, new ServerAddress(host)));
    }
    return members;
  }

  /**
   * The failure of a client in words that help: a server that no client selects may still say,
   * asked alone, why it is of no use.
   */
  public static Failure explain(String uri, Failure failure) {
    if (!(failure instanceof Failure.Transient)
        && !failure.code().equals("MR-SOURCE-UNINITIATED")) {
      return failure;
    }
    return ask(uri).stream()
        .flatMap(member -> member.fault().stream())
        .findFirst()
        .orElseGet(() ->
            new Failure.Transient(
                failure.code(),
                failure.message()
                    + "; is mongod running, and are host and port of the URI right?"));
  }

  /**
   * As {@link #explain}, for who tries again by itself: a failure that passes stays one, for
   * somebody may be about to initiate the set. Takes three seconds for each server that is silent.
   */
  public static MillraceException withWhatToType(String uri, MillraceException e) {
    Failure failure = e.failure();
    boolean passes = failure instanceof Failure.Transient;
    if (!passes && !EXPLAINABLE.contains(failure.code())) {
      return e;
    }
    try {
      List<Member> members = ask(uri);
      if (members.stream().anyMatch(member -> member.condition() == Condition.HEALTHY)) {
        return e;
      }
      return members.stream()
          .flatMap(member -> member.fault().stream())
          .findFirst()
          .map(fault -> passes ? new Failure.Transient(fault.code(), fault.message()) : fault)
          .map(fault -> new MillraceException(fault, e))
          .orElse(e);
    } catch (MongoException unresolved) {
      return e;
    }
  }

  private static Member ask(String uri, ServerAddress address) {
    try (MongoClient client = direct(uri, address)) {
      BsonDocument hello = admin(client, new BsonDocument("hello", new BsonInt32(1)));
      if (hello.containsKey("setName") || hello.containsKey("msg")) {
        return new Member(uri, address.toString(), Condition.HEALTHY, "");
      }
      if (!hello.getBoolean("isreplicaset", BsonBoolean.FALSE).getValue()) {
        String wanted = new ConnectionString(uri).getRequiredReplicaSetName();
        return new Member(
            uri, address.toString(), Condition.STANDALONE, wanted == null ? DEFAULT_SET : wanted);
      }
      return new Member(uri, address.toString(), unconfigured(client), setName(client));
    } catch (MongoException e) {
      return new Member(uri, address.toString(), Condition.SILENT, "");
    }
  }

  /** A server without a valid configuration either never had one or is not in the one it has. */
  private static Condition unconfigured(MongoClient client) {
    try {
      admin(client, new BsonDocument("replSetGetStatus", new BsonInt32(1)));
    } catch (MongoCommandException e) {
      return e.getErrorCode() == INVALID_CONFIG
          ? Condition.NOT_IN_ITS_CONFIG
          : Condition.NEVER_INITIATED;
    }
    return Condition.NOT_IN_ITS_CONFIG;
  }

  private static String setName(MongoClient client) {
    try {
      BsonDocument options =
          admin(client, new BsonDocument("getCmdLineOpts", new BsonInt32(1)))
              .getDocument("parsed")
              .getDocument("replication", new BsonDocument());
      for (String key : List.of("replSet", "replSetName")) {
        if (options.containsKey(key)) {
          String name = options.getString(key).getValue();
          int slash = name.indexOf('/');
          return slash < 0 ? name : name.substring(0, slash);
        }
      }
    } catch (MongoException e) {
      return DEFAULT_SET;
    }
    return DEFAULT_SET;
  }

  /**
   * Initiates a set of one on a member that was never initiated; refuses any other.
   *
   * @throws dev.millrace.model.MillraceException {@code Fatal} when it is not such a member or the
   *     server refuses
   */
  public static void initiate(Member member) {
    if (member.condition() != Condition.NEVER_INITIATED) {
      throw Failure.fatal(
          "MR-SOURCE-INITIATED",
          member.address() + " is no member that was never initiated; nothing was done");
    }
    BsonDocument config =
        new BsonDocument("_id", new BsonString(member.setName()))
            .append(
                "members",
                new BsonArray(
                    List.of(
                        new BsonDocument("_id", new BsonInt32(0))
                            .append("host", new BsonString(member.address())))));
    try (MongoClient client = direct(member.uri(), new ServerAddress(member.address()))) {
      admin(client, new BsonDocument("replSetInitiate", config));
    } catch (MongoException e) {
      throw MongoFailures.of(e, "initiating the replica set");
    }
  }

  /** Waits until the member that was just initiated is primary, half a minute at most. */
  public static void awaitPrimary(Member member) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    try (MongoClient client = direct(member.uri(), new ServerAddress(member.address()))) {
      while (System.nanoTime() < deadline) {
        if (admin(client, new BsonDocument("hello", new BsonInt32(1)))
            .getBoolean("isWritablePrimary", BsonBoolean.FALSE)
            .getValue()) {
          return;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
      }
    } catch (MongoException e) {
      throw MongoFailures.of(e, "waiting for the new primary");
    }
  }

  private static BsonDocument admin(MongoClient client, BsonDocument command) {
    return client
        .getDatabase("admin")
        .runCommand(command, ReadPreference.nearest(), BsonDocument.class);
  }

  private static MongoClient direct(String uri, ServerAddress address) {
    return com.mongodb.client.MongoClients.create(
        MongoClientSettings.builder()
            .applyConnectionString(new ConnectionString(uri))
            .applyToClusterSettings(c ->
                c.hosts(List.of(address))
                    .requiredReplicaSetName(null)
                    .mode(ClusterConnectionMode.SINGLE)
                    .serverSelectionTimeout(3, TimeUnit.SECONDS))
            .applyToSocketSettings(
                s -> s.connectTimeout(3, TimeUnit.SECONDS).readTimeout(10, TimeUnit.SECONDS))
            .build());
  }
}
