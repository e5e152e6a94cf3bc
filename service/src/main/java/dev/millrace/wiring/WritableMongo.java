package dev.millrace.wiring;

import com.mongodb.ConnectionString;
import com.mongodb.ErrorCategory;
import com.mongodb.MongoBulkWriteException;
import com.mongodb.MongoException;
import com.mongodb.ReadPreference;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import dev.millrace.config.CollectionAddress;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.source.mongo.Members;
import dev.millrace.source.mongo.Members.Condition;
import dev.millrace.source.mongo.Members.Member;
import dev.millrace.source.mongo.MongoClients;
import dev.millrace.source.mongo.MongoFailures;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.bson.BsonDocument;
import org.bson.BsonInt32;

/** A MongoDB that is written to for a try-out, or what is wrong with it and what to type. */
public final class WritableMongo implements AutoCloseable {
  private static final int UNAUTHORIZED = 13;

  private final CollectionAddress address;
  private final MongoClient client;

  private WritableMongo(CollectionAddress address) {
    this.address = address;
    this.client = MongoClients.connect(address.url().reveal());
  }

  /**
   * Connects.
   *
   * @param warn is told what does not keep anybody from writing, but from following what is written
   * @throws MillraceException when it cannot be written to
   */
  public static WritableMongo open(CollectionAddress address, Consumer<Failure> warn) {
    try {
      // Before any client looks for a primary, which a server without a set never has.
      unfit(address.url().reveal()).ifPresent(warn);
      WritableMongo mongo = new WritableMongo(address);
      try {
        mongo.ping();
        return mongo;
      } catch (MongoException e) {
        mongo.close();
        throw e;
      }
    } catch (MongoException e) {
      throw explained(address, e);
    }
  }

  /** What keeps a set from being one; a standalone takes writes of clients that want no set. */
  private static Optional<Failure> unfit(String url) {
    List<Member> members = Members.ask(url);
    if (members.stream().anyMatch(member -> member.condition() == Condition.HEALTHY)) {
      return Optional.empty();
    }
    boolean wantsSet = new ConnectionString(url).getRequiredReplicaSetName() != null;
    for (Member member : members) {
      Optional<Failure> fault = member.fault();
      if (fault.isPresent() && (wantsSet || member.condition() != Condition.STANDALONE)) {
        throw new MillraceException(fault.get(), null);
      }
      if (fault.isPresent()) {
        return fault;
      }
    }
    return Optional.empty();
  }

  private void ping() {
    client
        .getDatabase("admin")
        .runCommand(new BsonDocument("ping", new BsonInt32(1)), ReadPreference.primary());
  }

  /** The collection, with documents as they are. */
  public MongoCollection<BsonDocument> collection() {
    return client
        .getDatabase(address.namespace().database())
        .getCollection(address.namespace().collection(), BsonDocument.class);
  }

  /** What a failure of reading or writing the collection asks for. */
  public MillraceException explained(MongoException e) {
    return explained(address, e);
  }

  private static MillraceException explained(CollectionAddress address, MongoException e) {
    Namespace namespace = address.namespace();
    if (e.getCode() == UNAUTHORIZED) {
      return Failure.fatal(
          "MR-WORKLOAD-PRIVILEGE",
          "MongoDB does not let this user write to %s (code 13): grant the role, in mongosh: db.getSiblingDB(\"admin\").grantRolesToUser(\"USER\", [{role: \"readWrite\", db: \"%s\"}])"
              .formatted(namespace, namespace.database()),
          e);
    }
    if (isDuplicate(e)) {
      return Failure.fatal(
          "MR-WORKLOAD-DUPLICATE",
          "a document is in %s already: another run with the same seed writes there, or a unique index of yours forbids it: take another --seed or --collection"
              .formatted(namespace),
          e);
    }
    Failure failure = MongoFailures.of(e, "writing to " + namespace).failure();
    return new MillraceException(Members.explain(address.url().reveal(), failure), e);
  }

  private static boolean isDuplicate(MongoException e) {
    int code =
        e instanceof MongoBulkWriteException bulk && !bulk.getWriteErrors().isEmpty()
            ? bulk.getWriteErrors().getFirst().getCode()
            : e.getCode();
    return ErrorCategory.fromErrorCode(code) == ErrorCategory.DUPLICATE_KEY;
  }

  @Override
  public void close() {
    client.close();
  }
}
