package dev.millrace.source.mongo;

import dev.millrace.source.Subset;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonArray;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.BsonValue;

/** A {@link Subset} in the server's words: for a change stream, and for a find. */
final class SubsetStages {
  /** Computed once and used thrice; what it marks goes on as a delete, and it goes no further. */
  private static final String OUT = "millraceOut";

  private static final String FULL = "fullDocument";
  private static final String BEFORE = "fullDocumentBeforeChange";

  /**
   * What an event may have beside its documents (6.0 to 8.0), for a projection names all it takes.
   */
  private static final List<String> EVENT =
      List.of(
          "_id",
          "operationType",
          "clusterTime",
          "wallTime",
          "ns",
          "nsType",
          "to",
          "documentKey",
          "collectionUUID",
          "operationDescription",
          "lsid",
          "txnNumber");

  private SubsetStages() {}

  /**
   * The stages behind the {@code $match} of a change stream. An event of a document that is not
   * among those followed, or not any more, becomes the delete of it. Where the event has no
   * document, as an update without lookup, nothing is computed.
   */
  static List<BsonDocument> ofStream(Subset subset) {
    List<BsonDocument> stages = new ArrayList<>();
    if (subset.isFiltering()) {
      stages.add(set(new BsonDocument(OUT, isOut(FULL, subset.expression()))));
      stages.add(
          set(
              new BsonDocument()
                  .append("operationType", ifOut(new BsonString("delete"), "operationType"))
                  .append(FULL, ifOut(new BsonString("$$REMOVE"), FULL))
                  .append(
                      "updateDescription", ifOut(new BsonString("$$REMOVE"), "updateDescription"))
                  // What never passed is not to be told of as it was, either.
                  .append(
                      BEFORE,
                      operator(
                          "$cond",
                          isOut(BEFORE, subset.expression()),
                          new BsonString("$$REMOVE"),
                          new BsonString("$" + BEFORE)))));
      stages.add(unset(OUT));
    }
    if (subset.isProjecting()) {
      stages.add(subset.isExcluding() ? without(subset) : with(subset));
    }
    return stages;
  }

  /** Whether there is a document, and the expression is not true of it. */
  private static BsonValue isOut(String field, BsonValue expression) {
    // What the expression calls $field is a field of whatever CURRENT is.
    BsonDocument ofDocument =
        new BsonDocument("vars", new BsonDocument("CURRENT", new BsonString("$" + field)))
            .append("in", expression);
    BsonDocument hasDocument =
        operator(
            "$eq",
            new BsonDocument("$type", new BsonString("$" + field)),
            new BsonString("object"));
    return operator("$and", hasDocument, operator("$not", new BsonDocument("$let", ofDocument)));
  }

  private static BsonDocument ifOut(BsonValue then, String otherwise) {
    return operator("$cond", new BsonString("$" + OUT), then, new BsonString("$" + otherwise));
  }

  /** Where something is left out, so is what an update did: it may tell of that. */
  private static BsonDocument without(Subset subset) {
    List<String> paths = new ArrayList<>(List.of("updateDescription"));
    for (String path : subset.projection().keySet()) {
      paths.add(FULL + "." + path);
      paths.add(BEFORE + "." + path);
    }
    return unset(paths.toArray(String[]::new));
  }

  private static BsonDocument with(Subset subset) {
    BsonDocument fields = new BsonDocument();
    EVENT.forEach(field -> fields.append(field, new BsonInt32(1)));
    for (String document : List.of(FULL, BEFORE)) {
      fields.append(document + "._id", new BsonInt32(1));
      subset.projection().keySet().stream()
          .filter(path -> !path.equals("_id"))
          .forEach(path -> fields.append(document + "." + path, new BsonInt32(1)));
    }
    return new BsonDocument("$project", fields);
  }

  private static BsonDocument set(BsonDocument fields) {
    return new BsonDocument("$set", fields);
  }

  private static BsonDocument unset(String... paths) {
    BsonArray list = new BsonArray();
    for (String path : paths) {
      list.add(new BsonString(path));
    }
    return new BsonDocument("$unset", list);
  }

  private static BsonDocument operator(String name, BsonValue... arguments) {
    return new BsonDocument(name, new BsonArray(List.of(arguments)));
  }

  /** Documents that a filter of ours finds, and that are followed. */
  static BsonDocument among(Subset subset, BsonDocument filter) {
    BsonDocument both = filter.clone();
    both.putAll(subset.filter());
    return both;
  }

  /** A find's projection; empty takes documents whole. The {@code _id} is always there. */
  static BsonDocument fields(Subset subset) {
    BsonDocument fields = subset.projection().clone();
    fields.replaceAll((path, value) -> BsonBoolean.valueOf(Subset.isTrue(value)));
    return fields;
  }
}
