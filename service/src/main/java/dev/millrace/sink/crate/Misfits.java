package dev.millrace.sink.crate;

import dev.millrace.config.SinkConfig.OnMisfit;
import dev.millrace.letters.Address;
import dev.millrace.model.Failure;
import dev.millrace.model.Namespace;
import dev.millrace.table.Row;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What becomes of documents that their table does not take as they are. */
final class Misfits {
  private static final String CODE = "MR-CRATE-MISFIT";

  private final OnMisfit policy;
  private final DeadLetters letters;

  Misfits(OnMisfit policy, DeadLetters letters) {
    this.policy = policy;
    this.letters = letters;
  }

  /**
   * Keeps a document in another way.
   *
   * @param fitting with the part of it that the table does take
   * @return what its row is to have; empty where it is to have none
   */
  Optional<Document> keep(Namespace namespace, String table, Document fitting, String reason) {
    return switch (policy) {
      case TEXT -> Optional.of(fitting);
      case DEAD_LETTER -> {
        letters.write(namespace, fitting, CODE, reason);
        yield Optional.empty();
      }
      case STOP ->
          throw Failure.fatal(
              CODE,
              "table %s does not take document %s of %s (%s): change the table or the document, or set on_misfit to text or dead_letter"
                  .formatted(table, fitting.oid(), namespace, reason));
    };
  }

  /** Keeps what is no document at all as a dead letter. */
  void keep(Address address, Row.Misfit misfit) {
    byte[] json = misfit.json();
    letters.write(
        address,
        misfit.version(),
        misfit.code(),
        misfit.reason(),
        json == null ? null : new String(json, StandardCharsets.UTF_8));
  }
}
