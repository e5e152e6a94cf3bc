package dev.millrace.source.mongo;

import com.mongodb.ClientSessionOptions;
import com.mongodb.MongoCommandException;
import com.mongodb.MongoException;
import com.mongodb.ReadConcern;
import com.mongodb.ReadPreference;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import dev.millrace.model.Namespace;
import dev.millrace.source.Subset;
import dev.millrace.source.Tables;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** Asks with the driver's own commands; one client for all of it. */
public final class MongoTables implements Tables {
  private static final Set<String> SYSTEM_DATABASES = Set.of("admin", "local", "config");
  private static final BsonDocument BY_ID_DOWN = new BsonDocument("_id", new BsonInt32(-1));
  private static final BsonDocument ID_ALONE = new BsonDocument("_id", new BsonInt32(1));
  private static final int NOT_ALLOWED = 13;

  private final MongoClient client;

  /** Connects when first asked. */
  public MongoTables(String uri) {
    this.client = MongoClients.connect(uri);
  }

  @Override
  public String version() {
    return "MongoDB " + facts().version();
  }

  @Override
  public String deployment() {
    return facts().deployment();
  }

  private ServerFacts facts() {
    return ServerFacts.probe(client);
  }

  @Override
  public List<String> databases(Optional<String> login) {
    return asking(
        "listing the databases",
        () -> {
          try {
            return client
                .listDatabases(BsonDocument.class)
                .nameOnly(true)
                .authorizedDatabasesOnly(true)
                .map(found -> found.getString("name").getValue())
                .into(new ArrayList<>())
                .stream()
                .filter(name -> !SYSTEM_DATABASES.contains(name))
                .sorted()
                .toList();
          } catch (MongoCommandException e) {
            if (e.getErrorCode() != NOT_ALLOWED || login.isEmpty()) {
              throw e;
            }
            return List.of(login.get());
          }
        });
  }

  @Override
  public List<Tables.Found> collections(String database) {
    return asking(
        "listing the collections of " + database,
        () -> {
          List<Tables.Found> found = new ArrayList<>();
          MongoDatabase from = client.getDatabase(database);
          for (String name :
              from.listCollectionNames()
                  .filter(new BsonDocument("type", new BsonString("collection")))
                  .into(new ArrayList<>())) {
            if (!name.startsWith("system.")) {
              found.add(found(from, name));
            }
          }
          found.sort(Comparator.comparing(it -> it.namespace().collection()));
          return found;
        });
  }

  private static Tables.Found found(MongoDatabase database, String name) {
    MongoCollection<BsonDocument> collection = database.getCollection(name, BsonDocument.class);
    Set<String> indexed = new LinkedHashSet<>();
    for (BsonDocument index : collection.listIndexes(BsonDocument.class)) {
      BsonDocument key = index.getDocument("key");
      if (key.size() == 1) {
        indexed.add(key.getFirstKey());
      }
    }
    return new Tables.Found(
        new Namespace(database.getName(), name),
        collection.estimatedDocumentCount(),
        List.copyOf(indexed));
  }

  @Override
  public Optional<BsonValue> greatestId(Namespace namespace) {
    return asking(
        "looking for the last _id of " + namespace,
        () -> {
          BsonDocument last =
              client
                  .getDatabase(namespace.database())
                  .getCollection(namespace.collection(), BsonDocument.class)
                  .withReadPreference(ReadPreference.primary())
                  .withReadConcern(ReadConcern.MAJORITY)
                  .find()
                  .projection(ID_ALONE)
                  .sort(BY_ID_DOWN)
                  .first();
          return Optional.ofNullable(last).map(document -> document.get("_id"));
        });
  }

  @Override
  public Ordered inOrder(
      Namespace namespace,
      String field,
      @Nullable BsonValue from,
      boolean allTypes,
      Subset subset) {
    return asking(
        "reading " + namespace,
        () -> {
          ServerFacts facts = facts();
          ClientSession session =
              client.startSession(ClientSessionOptions.builder().causallyConsistent(false).build());
          return new OrderedRead(
              client.getDatabase(namespace.database()),
              session,
              new KeepAlive(client, session, facts.sessionTimeout()),
              CopyCommands.inOrder(namespace, field, from, allTypes, subset),
              namespace);
        });
  }

  private static <T> T asking(String doing, Supplier<T> question) {
    try {
      return question.get();
    } catch (MongoException e) {
      throw MongoFailures.of(e, doing);
    } catch (IllegalStateException e) {
      throw MongoFailures.closed(doing, e);
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
