package dev.millrace.source.mongo;

import dev.millrace.model.Namespace;
import dev.millrace.source.CopySource.Chunk;
import dev.millrace.source.CopySource.Span;
import dev.millrace.source.CopySource.Wanted;
import dev.millrace.source.Subset;
import java.util.List;
import org.bson.BsonArray;
import org.bson.BsonBinary;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonMaxKey;
import org.bson.BsonString;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** The commands that collections are read with, as the server takes them. */
final class CopyCommands {
  /** A collection that need not be there: what counts is that the read is confirmed. */
  private static final String NOTHING = "millrace_now";

  /** So many ids for each part hold the parts within some ten percent of each other. */
  private static final int SAMPLED_PER_PART = 400;

  private static final BsonString ID = new BsonString("$_id");
  private static final BsonDocument BY_ID = new BsonDocument("_id", new BsonInt32(1));

  private CopyCommands() {}

  /** A read that the server answers once a majority confirmed that it is still the primary. */
  static BsonDocument confirmed(long maxMillis) {
    return nothing(new BsonDocument("level", new BsonString("linearizable")), maxMillis);
  }

  /** A read that the server answers once a majority has all that was written up to this time. */
  static BsonDocument kept(long time, long maxMillis) {
    BsonDocument concern =
        new BsonDocument("level", new BsonString("majority"))
            .append("afterClusterTime", new BsonTimestamp(time));
    return nothing(concern, maxMillis);
  }

  private static BsonDocument nothing(BsonDocument concern, long maxMillis) {
    return new BsonDocument("find", new BsonString(NOTHING))
        .append("filter", new BsonDocument("_id", new BsonInt32(0)))
        .append("limit", new BsonInt32(1))
        .append("readConcern", concern)
        .append("maxTimeMS", new BsonInt64(maxMillis));
  }

  /**
   * Reads a chunk. By bounds on the index of {@code _id}, for they hold for all types there are,
   * where a plain filter's comparison stays within the type of what it compares with; an {@code
   * $expr} does not, but is computed for every row, which costs the server half as much again as
   * the reading. With the collection's UUID, for of a collection that is gone the server otherwise
   * shows nothing, and no error. Without a collation, for the collection's own is the one that its
   * {@code _id}s are ordered by.
   *
   * <p>The lower bound is inclusive, so the row that a chunk begins behind comes first once more,
   * if it is still there, and is asked for in addition: {@link CopiedRows} leaves it out. With a
   * lower bound alone the server ends before MaxKey: {@link #greatest} asks for that one.
   */
  static BsonDocument read(Chunk chunk, Subset subset, long maxMillis) {
    BsonDocument command =
        find(chunk, new BsonDocument(), subset, rows(chunk), maxMillis).append("hint", BY_ID);
    Span span = chunk.span();
    BsonValue low = low(span);
    if (low != null) {
      command.append("min", new BsonDocument("_id", low));
    }
    if (span.to() != null) {
      command.append("max", new BsonDocument("_id", span.to()));
    }
    return command.append("sort", BY_ID);
  }

  /** What a reply to {@link #read} had no room for. */
  static BsonDocument more(Chunk chunk, long cursor) {
    return new BsonDocument("getMore", new BsonInt64(cursor))
        .append("collection", new BsonString(chunk.namespace().collection()))
        .append("batchSize", new BsonInt32(rows(chunk)));
  }

  /** Whether {@link #read} leaves out the row that {@link #greatest} reads. */
  static boolean endsBeforeGreatest(Span span) {
    return span.to() == null && low(span) != null;
  }

  /** Reads the row whose {@code _id} is MaxKey, behind which there is none. */
  static BsonDocument greatest(Chunk chunk, Subset subset, long maxMillis) {
    return find(chunk, new BsonDocument("_id", new BsonMaxKey()), subset, 1, maxMillis);
  }

  private static BsonDocument find(
      Chunk chunk, BsonDocument filter, Subset subset, int rows, long maxMillis) {
    return new BsonDocument("find", new BsonString(chunk.namespace().collection()))
        .append("filter", SubsetStages.among(subset, filter))
        .append("projection", SubsetStages.fields(subset))
        .append("collectionUUID", new BsonBinary(chunk.uuid()))
        .append("limit", new BsonInt32(rows))
        .append("batchSize", new BsonInt32(rows))
        .append("readConcern", concern(chunk.at(), chunk.exact()))
        .append("maxTimeMS", new BsonInt64(maxMillis));
  }

  /**
   * Reads documents by their ids, by the collection's own collation, whose index that is: more than
   * those may come.
   */
  static BsonDocument byIds(Wanted wanted, Subset subset, long maxMillis) {
    BsonArray ids = new BsonArray();
    wanted.ids().stream().filter(CopyCommands::canBeId).forEach(ids::add);
    BsonDocument these = new BsonDocument("_id", new BsonDocument("$in", ids));
    return new BsonDocument("find", new BsonString(wanted.namespace().collection()))
        .append("filter", SubsetStages.among(subset, these))
        .append("projection", wanted.idsAlone() ? BY_ID : SubsetStages.fields(subset))
        .append("batchSize", new BsonInt32(ids.size() + 1))
        .append("readConcern", concern(wanted.at(), wanted.exact()))
        .append("maxTimeMS", new BsonInt64(maxMillis));
  }

  /**
   * Reads a collection in the order of a field.
   *
   * @param from values before it are left out; null leaves out none
   * @param allTypes whether values of the types behind that of {@code from} come as well
   */
  static BsonDocument inOrder(
      Namespace namespace,
      String field,
      @Nullable BsonValue from,
      boolean allTypes,
      Subset subset) {
    BsonDocument filter;
    if (from == null) {
      filter = new BsonDocument();
    } else if (allTypes) {
      BsonDocument value =
          new BsonDocument("$getField", new BsonDocument("$literal", new BsonString(field)));
      BsonArray both = new BsonArray(List.of(value, new BsonDocument("$literal", from)));
      filter = new BsonDocument("$expr", new BsonDocument("$gte", both));
    } else {
      filter = new BsonDocument(field, new BsonDocument("$gte", from));
    }
    return new BsonDocument("find", new BsonString(namespace.collection()))
        .append("filter", SubsetStages.among(subset, filter))
        .append("projection", SubsetStages.fields(subset))
        .append("sort", new BsonDocument(field, new BsonInt32(1)))
        .append("allowDiskUse", BsonBoolean.TRUE)
        .append("readConcern", new BsonDocument("level", new BsonString("majority")));
  }

  /** The server refuses such as an {@code _id}, and some of them as a value to look for. */
  private static boolean canBeId(BsonValue value) {
    return switch (value.getBsonType()) {
      case ARRAY, REGULAR_EXPRESSION, UNDEFINED -> false;
      case DOCUMENT -> {
        BsonDocument document = value.asDocument();
        yield document.isEmpty() || !document.getFirstKey().startsWith("$");
      }
      default -> true;
    };
  }

  /** How many rows the server is asked for. */
  static int rows(Chunk chunk) {
    return chunk.rows() + (chunk.span().after() == null ? 0 : 1);
  }

  private static @Nullable BsonValue low(Span span) {
    return span.after() != null ? span.after() : span.from();
  }

  private static BsonDocument concern(long time, boolean exact) {
    BsonTimestamp at = new BsonTimestamp(time);
    return exact
        ? new BsonDocument("level", new BsonString("snapshot")).append("atClusterTime", at)
        : new BsonDocument("level", new BsonString("majority")).append("afterClusterTime", at);
  }

  /** Ids behind the lower bound of a span, in order, of a sample of the whole collection. */
  static List<BsonDocument> sample(Span span, int parts) {
    BsonDocument size = new BsonDocument("size", new BsonInt32(SAMPLED_PER_PART * parts));
    return List.of(
        new BsonDocument("$sample", size),
        new BsonDocument("$match", behind(span)),
        new BsonDocument("$sort", BY_ID),
        new BsonDocument("$project", BY_ID));
  }

  /** How many documents a collection has, and of how many bytes; one answer for each shard. */
  static List<BsonDocument> size() {
    BsonDocument counted = new BsonDocument("storageStats", new BsonDocument());
    BsonDocument wanted =
        new BsonDocument("count", new BsonString("$storageStats.count"))
            .append("size", new BsonString("$storageStats.size"));
    return List.of(new BsonDocument("$collStats", counted), new BsonDocument("$project", wanted));
  }

  /** The first page of what a command lists; {@link #listedNext} has the others. */
  static BsonDocument listed(String command, long after, long maxMillis) {
    BsonDocument concern =
        new BsonDocument("level", new BsonString("local"))
            .append("afterClusterTime", new BsonTimestamp(after));
    return new BsonDocument(command, new BsonInt32(1))
        .append("readConcern", concern)
        .append("maxTimeMS", new BsonInt64(maxMillis));
  }

  static BsonDocument listedNext(long cursor) {
    return new BsonDocument("getMore", new BsonInt64(cursor))
        .append("collection", new BsonString("$cmd.listCollections"));
  }

  static BsonDocument closing(Namespace namespace, long cursor) {
    return new BsonDocument("killCursors", new BsonString(namespace.collection()))
        .append("cursors", new BsonArray(List.of(new BsonInt64(cursor))));
  }

  private static BsonDocument behind(Span span) {
    BsonArray bounds = new BsonArray();
    BsonValue low = low(span);
    if (low != null) {
      bounds.add(bound("$gt", low));
    }
    if (span.to() != null) {
      bounds.add(bound("$lt", span.to()));
    }
    return bounds.isEmpty()
        ? new BsonDocument()
        : new BsonDocument("$expr", new BsonDocument("$and", bounds));
  }

  private static BsonDocument bound(String comparison, BsonValue key) {
    BsonDocument literal = new BsonDocument("$literal", key);
    return new BsonDocument(comparison, new BsonArray(List.of(ID, literal)));
  }
}
