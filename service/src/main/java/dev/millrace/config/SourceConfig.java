package dev.millrace.config;

import dev.millrace.model.NamePattern;
import dev.millrace.model.Operation;
import dev.millrace.source.FullDocument;
import dev.millrace.source.PreImage;
import dev.millrace.source.StartFrom;
import dev.millrace.source.Subset;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What is followed, and how.
 *
 * @param uri the MongoDB connection string, with its secrets
 * @param database the one database that is followed; empty follows the deployment
 * @param collections names and patterns with {@code *}, as {@code database.collection} where the
 *     deployment is followed; empty means all
 * @param subset which documents of them, and what of those
 * @param operations those that are delivered
 * @param start where a pipeline without a stored position begins
 */
public record SourceConfig(
    Secret uri,
    Optional<String> database,
    List<String> collections,
    Subset subset,
    Set<Operation> operations,
    FullDocument fullDocument,
    PreImage preImage,
    StartFrom start) {
  public SourceConfig {
    collections = List.copyOf(collections);
    operations = Set.copyOf(operations);
  }

  /** Whether there is, and can be, only one. */
  public boolean followsOneCollection() {
    return collections.size() == 1 && !NamePattern.isPattern(collections.getFirst());
  }

  /** For people: {@code shop: orders_*, users}. */
  public String summary() {
    String what = collections.isEmpty() ? "all collections" : String.join(", ", collections);
    return database.orElse("all databases") + ": " + what;
  }
}
