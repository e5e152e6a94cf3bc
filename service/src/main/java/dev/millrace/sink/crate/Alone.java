package dev.millrace.sink.crate;

import dev.millrace.model.Failure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Writes one document by a statement of its own, which may make columns: without a {@code CASE},
 * conditional on just what was read of its row, and read back, for the type that CrateDB gives a
 * new column may change the value.
 */
final class Alone {
  /** Against another writer of the same row, of which there should be none. */
  private static final int ROUNDS = 10;

  private final CrateClient client;
  private final CrateTable table;

  Alone(CrateClient client, CrateTable table) {
    this.client = client;
    this.table = table;
  }

  /**
   * Writes it, unless a later version is there.
   *
   * @return why the table does not take it; empty where it does
   */
  Optional<String> write(Document document) {
    for (int round = 0; round < ROUNDS; round++) {
      @Nullable Held held = held(document);
      if (held != null && held.version().compareTo(document.version()) > 0) {
        return Optional.empty();
      }
      Reply reply = held == null ? insert(document) : update(document, held);
      Optional<Refusal> refusal = reply.refusal();
      if (refusal.isPresent()) {
        if (refusal.get().code() == Refusal.DUPLICATE_KEY) {
          continue;
        }
        return refusal.map(Refusal::shown);
      }
      if (reply.rowCount() > 0) {
        return isThere(document)
            ? Optional.empty()
            : Optional.of("CrateDB makes another value of it");
      }
      if (Objects.equals(held, held(document))) {
        return Optional.of("CrateDB does not store it, and does not say why");
      }
    }
    throw Failure.transientFailure(
        "MR-CRATE-CONTENDED",
        "somebody else writes document %s of table %s: it is tried again"
            .formatted(document.oid(), table.name()),
        null);
  }

  private @Nullable Held held(Document document) {
    return table.held(List.of(document.oid())).get(document.oid());
  }

  private Reply insert(Document document) {
    return client.offer(table.name(), table.insert(), document.row(table));
  }

  private Reply update(Document document, Held held) {
    @Nullable Object[] row = document.row(table);
    List<@Nullable Object> parameters =
        new ArrayList<>(Arrays.<@Nullable Object>asList(row).subList(1, row.length));
    parameters.add(document.oid());
    parameters.add(held.sequence());
    parameters.add(held.term());
    return client.offer(table.name(), table.update(), parameters.toArray());
  }

  private boolean isThere(Document document) {
    return table
        .document(document.oid())
        .filter(there -> SameValue.of(there, Reply.JSON.readTree(document.fitting())))
        .isPresent();
  }
}
