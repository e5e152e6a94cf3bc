package dev.millrace.source.mongo;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.MongoCommandException;
import com.mongodb.MongoException;
import com.mongodb.client.MongoClient;
import com.mongodb.connection.ClusterConnectionMode;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.Failure;
import dev.millrace.model.Finding;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.source.FullDocument;
import dev.millrace.source.PreImage;
import dev.millrace.source.Source;
import dev.millrace.source.StartFrom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.jspecify.annotations.Nullable;

/**
 * Tries everything that following needs, without moving a document, and says in words what is wrong
 * and what to type.
 */
public final class Preflight {
  private final MongoSourceOptions options;
  private final Optional<Namespace> checkpoint;
  private final List<Finding> findings = new ArrayList<>();

  /**
   * @param checkpoint where positions will be written, if in this deployment
   */
  public Preflight(MongoSourceOptions options, Optional<Namespace> checkpoint) {
    this.options = options;
    this.checkpoint = checkpoint;
  }

  /** Looks at everything; what could not be asked because of an earlier fault is left out. */
  public List<Finding> run() {
    try (MongoClient client = MongoClients.connect(options.uri())) {
      ServerFacts facts = ServerFacts.probe(client);
      findings.add(
          Finding.ok(
              "MongoDB %s, replica set %s, sessions live %d minutes"
                  .formatted(
                      facts.version(), facts.setName(), facts.sessionTimeout().toMinutes())));
      connection();
      new Privileges(client, options.scope(), checkpoint).check(findings);
      collections(client);
      oplog(client);
      stream();
    } catch (MillraceException e) {
      findings.add(explained(e.failure()));
    } catch (MongoException e) {
      findings.add(explained(MongoFailures.of(e, "checking the source").failure()));
    }
    return List.copyOf(findings);
  }

  private Finding explained(Failure failure) {
    return Finding.fault(Members.explain(options.uri(), failure));
  }

  private void connection() {
    ClusterConnectionMode mode =
        MongoClientSettings.builder()
            .applyConnectionString(new ConnectionString(options.uri()))
            .build()
            .getClusterSettings()
            .getMode();
    if (mode == ClusterConnectionMode.SINGLE) {
      findings.add(
          Finding.warning(
              "MR-SOURCE-DIRECT",
              "the URI connects to one server only and cannot follow an election: name the set with"
                  + " ?replicaSet=… and leave out directConnection=true"));
    }
  }

  private void collections(MongoClient client) {
    Scope scope = options.scope();
    if (scope.named().isEmpty() && options.preImage() == PreImage.OFF && !needsPostImages()) {
      return;
    }
    Map<Namespace, BsonDocument> known = new HashMap<>();
    for (String database : databases(client)) {
      for (BsonDocument info : client.getDatabase(database).listCollections(BsonDocument.class)) {
        known.put(new Namespace(database, info.getString("name").getValue()), info);
      }
    }
    for (Namespace name : scope.named()) {
      existing(name, known.get(name));
    }
    known.forEach((name, info) -> {
      if (scope.includes(name) && info.getString("type").getValue().equals("collection")) {
        images(name, info);
      }
    });
  }

  private List<String> databases(MongoClient client) {
    String database = options.scope().database();
    if (database != null) {
      return List.of(database);
    }
    return client.listDatabaseNames().into(new ArrayList<>());
  }

  private void existing(Namespace name, @Nullable BsonDocument info) {
    if (info == null) {
      findings.add(
          Finding.warning(
              "MR-SOURCE-ABSENT",
              "collection %s does not exist yet: it is followed from its first document"
                  .formatted(name)));
      return;
    }
    String type = info.getString("type").getValue();
    if (!type.equals("collection")) {
      findings.add(
          Finding.fault(
              "MR-SOURCE-NO-STREAM",
              "%s is a %s, of which MongoDB tells no changes: take it out of the list%s"
                  .formatted(
                      name,
                      type.equals("timeseries") ? "time-series collection" : type,
                      type.equals("view") ? " and name the collection behind it" : "")));
    }
  }

  private boolean needsPostImages() {
    return options.fullDocument() == FullDocument.POST_IMAGE
        || options.fullDocument() == FullDocument.POST_IMAGE_WHEN_AVAILABLE;
  }

  private void images(Namespace name, BsonDocument info) {
    boolean enabled =
        info.getDocument("options", new BsonDocument())
            .getDocument("changeStreamPreAndPostImages", new BsonDocument())
            .getBoolean("enabled", BsonBoolean.FALSE)
            .getValue();
    if (enabled || (!needsPostImages() && options.preImage() == PreImage.OFF)) {
      return;
    }
    String message =
        "%s stores no images of its documents: type in mongosh, on database %s: db.runCommand({collMod: \"%s\", changeStreamPreAndPostImages: {enabled: true}})"
            .formatted(name, name.database(), name.collection());
    findings.add(
        options.requiresImages()
            ? Finding.fault("MR-SOURCE-IMAGES-OFF", message)
            : Finding.warning("MR-SOURCE-IMAGES-OFF", message));
  }

  private void oplog(MongoClient client) {
    try {
      var oplog = client.getDatabase("local").getCollection("oplog.rs", BsonDocument.class);
      BsonDocument oldest =
          oplog.find().sort(new BsonDocument("$natural", new BsonInt32(1))).first();
      BsonDocument newest =
          oplog.find().sort(new BsonDocument("$natural", new BsonInt32(-1))).first();
      if (oldest == null || newest == null) {
        return;
      }
      int seconds = newest.getTimestamp("ts").getTime() - oldest.getTimestamp("ts").getTime();
      findings.add(
          Finding.ok(
              "the oplog reaches back %s now: Millrace must not be down for longer than it reaches back then"
                  .formatted(duration(seconds))));
    } catch (MongoCommandException e) {
      findings.add(
          Finding.warning(
              "MR-SOURCE-OPLOG-UNKNOWN",
              "how far the oplog reaches back may not be read: grant {find} on local.oplog.rs to know"));
    }
  }

  private static String duration(int seconds) {
    return seconds < 120
        ? seconds + " seconds"
        : seconds < 7200 ? seconds / 60 + " minutes" : "%.1f hours".formatted(seconds / 3600.0);
  }

  private void stream() {
    try (Source source =
        new MongoSourceOpener(options)
            .open(Optional.empty(), new StartFrom.Now(), CopyState.Edits.NONE)) {
      source.poll(1_000);
      findings.add(Finding.ok("the change stream of %s opens".formatted(source.scope())));
    }
  }

  /** Whether a stored position can still be gone on from. */
  public Finding position(Checkpoint stored) {
    try (Source source =
        new MongoSourceOpener(options)
            .open(Optional.of(stored), new StartFrom.Now(), stored.copy().edits())) {
      source.poll(1_000);
      return Finding.ok("the stored position %s can be resumed from".formatted(stored.position()));
    } catch (MillraceException e) {
      return Finding.fault(e.failure());
    }
  }
}
