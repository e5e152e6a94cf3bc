package dev.millrace.source.mongo;

import dev.millrace.model.CopyState;
import dev.millrace.model.Operation;
import dev.millrace.source.FullDocument;
import dev.millrace.source.PreImage;
import dev.millrace.source.Subset;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How a deployment is followed.
 *
 * @param uri the connection string, with its secrets; never logged
 * @param subset which documents, and what of them
 * @param operations those that are delivered
 * @param batchSize most events in one reply; 0 leaves it to the server, which fills 16 MB
 */
public record MongoSourceOptions(
    String uri,
    Scope scope,
    Subset subset,
    Set<Operation> operations,
    FullDocument fullDocument,
    PreImage preImage,
    int batchSize) {
  public MongoSourceOptions {
    operations = Set.copyOf(operations);
  }

  /** With the scope as an operator's edits leave it. */
  MongoSourceOptions edited(CopyState.Edits edits) {
    return new MongoSourceOptions(
        uri, scope.edited(edits), subset, operations, fullDocument, preImage, batchSize);
  }

  /** Whether the server ends the stream at an event that it has no image of. */
  boolean requiresImages() {
    return fullDocument == FullDocument.POST_IMAGE || preImage == PreImage.REQUIRED;
  }

  /** The text that a stream's checkpoints have, with an operator's edits. */
  public String scopeOf(CopyState.Edits edits) {
    return edited(edits).fingerprint();
  }

  /**
   * Equal when the same events come: kept beside a position. Where it is not all of the documents
   * that come, which and what of them stands in front, and a blank behind that.
   */
  String fingerprint() {
    return subset.isAll() ? ofEvents() : subset.fingerprint() + " " + ofEvents();
  }

  private String ofEvents() {
    return operations.containsAll(EnumSet.allOf(Operation.class))
        ? scope.fingerprint()
        : scope.fingerprint()
            + "/"
            + operations.stream()
                .map(Operation::wireName)
                .sorted()
                .collect(Collectors.joining(","));
  }

  @Override
  public String toString() {
    return "MongoSourceOptions[" + scope + "]";
  }
}
