package dev.millrace.tap;

import dev.millrace.model.Namespace;
import dev.millrace.source.Subset;
import java.util.Optional;

/**
 * One collection that a catalog selects.
 *
 * @param id its name in catalog and state: {@code database-collection}
 * @param name its name at the target
 * @param replicationKey the field that {@link Method#INCREMENTAL} goes by
 * @param subset what of each document
 */
public record TapStream(
    String id,
    Namespace namespace,
    String name,
    Method method,
    Optional<String> replicationKey,
    Subset subset) {
  /** How it is replicated. */
  public enum Method {
    /** Everything, each time. */
    FULL_TABLE,
    /** What has a replication key of at least the last one. */
    INCREMENTAL,
    /** Everything once, and then every change. */
    LOG_BASED
  }
}
