package dev.millrace.source.mongo;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import dev.millrace.lab.MongoServers;
import dev.millrace.model.Batch;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.model.Position;
import dev.millrace.model.Term;
import dev.millrace.source.CopySource;
import dev.millrace.source.FullDocument;
import dev.millrace.source.PreImage;
import dev.millrace.source.Source;
import dev.millrace.source.StartFrom;
import dev.millrace.source.Subset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bson.BsonDocument;

/** One scope of a test's database, and the ways a test reads it. */
final class Reading {
  final MongoServers servers;
  final String database;
  private Subset subset = Subset.ALL;
  private FullDocument fullDocument = FullDocument.LOOKUP;
  private PreImage preImage = PreImage.OFF;
  private Scope scope;
  private Set<Operation> operations = EnumSet.allOf(Operation.class);

  Reading(MongoServers servers, String database) {
    this.servers = servers;
    this.database = database;
    this.scope = new Scope(database, List.of(), Set.of());
  }

  Reading full(FullDocument mode) {
    fullDocument = mode;
    return this;
  }

  Reading before(PreImage mode) {
    preImage = mode;
    return this;
  }

  Reading subset(String filter, String projection) {
    subset = new Subset(BsonDocument.parse(filter), BsonDocument.parse(projection));
    return this;
  }

  Reading only(Operation... wanted) {
    operations = EnumSet.copyOf(List.of(wanted));
    return this;
  }

  Reading collections(String... patterns) {
    scope = new Scope(database, List.of(patterns), Set.of());
    return this;
  }

  Reading own(String collection) {
    scope = new Scope(database, scope.patterns(), Set.of(new Namespace(database, collection)));
    return this;
  }

  Reading deployment(String... patterns) {
    scope = new Scope(null, List.of(patterns), Set.of());
    return this;
  }

  MongoClient client() {
    return servers.client();
  }

  MongoDatabase db() {
    return client().getDatabase(database);
  }

  MongoCollection<BsonDocument> in(String collection) {
    return db().getCollection(collection, BsonDocument.class);
  }

  MongoSourceOpener opener() {
    return new MongoSourceOpener(
        new MongoSourceOptions(
            servers.uri(), scope, subset, operations, fullDocument, preImage, 0));
  }

  Source now() {
    return opener().open(Optional.empty(), new StartFrom.Now(), CopyState.Edits.NONE);
  }

  CopySource copying() {
    return opener().copying(CopyState.Edits.NONE);
  }

  Namespace named(String collection) {
    return new Namespace(database, collection);
  }

  Source after(Source earlier, Position position) {
    return opener()
        .open(
            Optional.of(checkpoint(earlier, position)), new StartFrom.Now(), CopyState.Edits.NONE);
  }

  static Checkpoint checkpoint(Source source, Position position) {
    return new Checkpoint(position, new Term(1), source.deployment(), source.scope(), "");
  }

  /** Polls until so many changes came. */
  static List<Change.Streamed> take(Source source, int count) {
    List<Change.Streamed> taken = new ArrayList<>();
    for (int polls = 0; taken.size() < count; polls++) {
      if (polls > 60) {
        throw new AssertionError("only " + taken.size() + " of " + count + ": " + taken);
      }
      Batch batch = source.poll(1_000);
      for (Iterator<Change.Streamed> all = batch.changes(); all.hasNext(); ) {
        taken.add(all.next());
      }
    }
    return taken;
  }

  /** {@code insert coll 1}, {@code drop coll}: what a change is about. */
  static String brief(Change.Streamed change) {
    String what =
        change.event().operation().wireName() + " " + change.event().namespace().collection();
    return switch (change) {
      case Change.OnDocument d ->
          what
              + " "
              + change
                  .event()
                  .raw()
                  .toDocument()
                  .getDocument("documentKey")
                  .getNumber("_id")
                  .intValue();
      case Change.Renamed r -> what + " to " + r.to().collection();
      default -> what.strip();
    };
  }

  static BsonDocument doc(String json) {
    return BsonDocument.parse(json);
  }
}
