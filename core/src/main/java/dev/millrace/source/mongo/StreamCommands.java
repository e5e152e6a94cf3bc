package dev.millrace.source.mongo;

import dev.millrace.model.Operation;
import dev.millrace.model.Position;
import dev.millrace.source.FullDocument;
import dev.millrace.source.PreImage;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.bson.BsonArray;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.BsonTimestamp;

/** The commands of one change stream, as the server takes them. */
final class StreamCommands {
  /** The field that marks an event from which {@link #slimming} took something. */
  static final String SLIMMED = "millraceSlimmed";

  /**
   * What an event may hold beside its images: the server's limit is 16 MiB and 16 KiB for the
   * whole.
   */
  private static final int MOST_IMAGE_BYTES = 16_000_000;

  private static final String[] IMAGES = {
    "fullDocumentBeforeChange", "updateDescription", "fullDocument"
  };

  /** Told whatever was asked for: a pipeline has to know of them. */
  private static final Set<Operation> ALWAYS =
      EnumSet.of(Operation.DROP, Operation.RENAME, Operation.DROP_DATABASE);

  private final MongoSourceOptions options;
  private final Scope scope;
  private final Set<Operation> operations;
  private final boolean split;

  /**
   * @param split whether the server can split events that are too large
   */
  StreamCommands(MongoSourceOptions options, boolean split) {
    this.options = options;
    this.scope = options.scope();
    this.operations = EnumSet.copyOf(options.operations());
    this.operations.addAll(ALWAYS);
    this.split = split;
  }

  /** Opens; the first batch is always empty, so that opening costs one round trip. */
  BsonDocument open(From from, boolean slim) {
    BsonDocument stage = new BsonDocument();
    if (scope.isDeployment()) {
      stage.append("allChangesForCluster", BsonBoolean.TRUE);
    }
    if (options.fullDocument() != FullDocument.DELTA) {
      stage.append("fullDocument", new BsonString(options.fullDocument().wireName()));
    }
    if (options.preImage() != PreImage.OFF) {
      stage.append("fullDocumentBeforeChange", new BsonString(options.preImage().wireName()));
    }
    stage.append("showExpandedEvents", BsonBoolean.TRUE);
    switch (from) {
      // startAfter takes every token that resumeAfter takes, and an invalidate's too.
      case From.After after -> stage.append("startAfter", after.position().token());
      case From.Time at -> stage.append("startAtOperationTime", at.time());
      case From.Opening opening -> {}
    }
    BsonArray pipeline = new BsonArray(List.of(new BsonDocument("$changeStream", stage)));
    pipeline.add(new BsonDocument("$match", match()));
    pipeline.addAll(SubsetStages.ofStream(options.subset()));
    if (slim) {
      pipeline.add(new BsonDocument("$set", slimming()));
    }
    if (split) {
      pipeline.add(new BsonDocument("$changeStreamSplitLargeEvent", new BsonDocument()));
    }
    return new BsonDocument("aggregate", new BsonInt32(1))
        .append("pipeline", pipeline)
        .append("cursor", new BsonDocument("batchSize", new BsonInt32(0)))
        .append("readConcern", new BsonDocument("level", new BsonString("majority")));
  }

  /**
   * One predicate where one will do, for each costs the server time: by kind where everything is
   * followed, which it applies to the oplog itself; by name where collections are named; by both
   * only where fewer kinds are wanted. Our own collections are left out in the client: to leave
   * them out here cost four percent of the server's time, and they are written a few times a second
   * at most. But where images are required they are left out here: the server asks for an image of
   * whatever it is not told to leave out, and ends the stream where there is none.
   */
  private BsonDocument match() {
    BsonDocument match = wanted();
    BsonArray own = options.requiresImages() ? scope.ownOnes() : new BsonArray();
    return own.isEmpty() ? match : match.append("$nor", own);
  }

  private BsonDocument wanted() {
    BsonDocument names = scope.match();
    if (!names.isEmpty() && operations.size() == Operation.values().length) {
      return names;
    }
    BsonArray kinds = new BsonArray();
    operations.forEach(operation -> kinds.add(new BsonString(operation.wireName())));
    kinds.add(new BsonString("invalidate"));
    BsonDocument match = new BsonDocument("operationType", new BsonDocument("$in", kinds));
    match.putAll(names);
    return match;
  }

  /**
   * @param batchSize at most so many events; 0 lets the server fill 16 MB
   * @param waitMillis at least 1: the server takes 0 for its own second
   */
  BsonDocument getMore(long cursor, int batchSize, long waitMillis) {
    BsonDocument command =
        new BsonDocument("getMore", new BsonInt64(cursor))
            .append("collection", new BsonString("$cmd.aggregate"));
    if (batchSize > 0) {
      command.append("batchSize", new BsonInt32(batchSize));
    }
    return command.append("maxTimeMS", new BsonInt64(Math.max(1, waitMillis)));
  }

  /**
   * Takes out of an event that would exceed 16 MB the images that are not the news: the pre-image,
   * and where a full document is there, the description of the update. A document that alone is too
   * large goes too, and is fetched by itself.
   */
  private BsonDocument slimming() {
    BsonArray sizes = new BsonArray();
    for (String image : IMAGES) {
      sizes.add(new BsonDocument("$bsonSize", new BsonString("$" + image)));
    }
    BsonDocument tooLarge = tooLarge(new BsonDocument("$sum", sizes));
    BsonDocument slimming =
        new BsonDocument("fullDocumentBeforeChange", unless(tooLarge, "fullDocumentBeforeChange"));
    if (options.fullDocument() != FullDocument.DELTA) {
      slimming.append("updateDescription", unless(tooLarge, "updateDescription"));
      BsonDocument withKey =
          new BsonDocument(
              "$sum",
              new BsonArray(
                  List.of(
                      new BsonDocument("$bsonSize", new BsonString("$fullDocument")),
                      new BsonDocument("$bsonSize", new BsonString("$documentKey")),
                      new BsonDocument("$bsonSize", new BsonString("$documentKey")))));
      // An insert comes whole from the oplog whatever its size; only a looked-up document is cut.
      BsonDocument looked =
          new BsonDocument(
              "$and",
              new BsonArray(
                  List.of(
                      tooLarge(withKey),
                      new BsonDocument(
                          "$eq",
                          new BsonArray(
                              List.of(
                                  new BsonString("$operationType"), new BsonString("update")))))));
      slimming.append("fullDocument", unless(looked, "fullDocument"));
    }
    return slimming.append(
        SLIMMED,
        new BsonDocument(
            "$cond",
            new BsonArray(List.of(tooLarge, BsonBoolean.TRUE, new BsonString("$$REMOVE")))));
  }

  private static BsonDocument tooLarge(BsonDocument size) {
    return new BsonDocument("$gt", new BsonArray(List.of(size, new BsonInt32(MOST_IMAGE_BYTES))));
  }

  private static BsonDocument unless(BsonDocument condition, String field) {
    return new BsonDocument(
        "$cond",
        new BsonArray(List.of(condition, new BsonString("$$REMOVE"), new BsonString("$" + field))));
  }

  /** Where to open. */
  sealed interface From {
    record After(Position position) implements From {}

    record Time(BsonTimestamp time) implements From {}

    /** With the opening itself. */
    record Opening() implements From {}
  }
}
