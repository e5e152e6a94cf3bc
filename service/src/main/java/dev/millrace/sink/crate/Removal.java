package dev.millrace.sink.crate;

import dev.millrace.model.Failure;
import dev.millrace.table.RowVersion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Removes or marks single rows, unless they are of a later version.
 *
 * <p>{@code DELETE … WHERE oid = ? AND version <= ?} would go by what is searchable, and miss a row
 * of the same second. So what is there is read, which sees every row, and each is removed on the
 * condition that it is still just that.
 */
final class Removal {
  private static final int ROWS = 1_000;

  /** Against another writer of the same rows, of which there should be none. */
  private static final int ROUNDS = 10;

  private final CrateClient client;
  private final CrateTable table;

  Removal(CrateClient client, CrateTable table) {
    this.client = client;
    this.table = table;
  }

  /**
   * @param gone versions by id
   */
  void remove(Map<String, String> gone) {
    Map<String, String> left = gone;
    for (int round = 0; round < ROUNDS && !left.isEmpty(); round++) {
      left = removeOnce(left);
    }
    if (!left.isEmpty()) {
      throw Failure.transientFailure(
          "MR-CRATE-CONTENDED",
          "somebody else writes rows of table %s that are to be removed: it is tried again"
              .formatted(table.name()),
          null);
    }
  }

  /** Returns what changed between reading and removing. */
  private Map<String, String> removeOnce(Map<String, String> gone) {
    List<@Nullable Object[]> rows = new ArrayList<>();
    List<String> oids = new ArrayList<>();
    table
        .held(gone.keySet())
        .forEach((oid, held) -> {
          String version = gone.get(oid);
          if (version != null && held.version().compareTo(version) <= 0) {
            oids.add(oid);
            rows.add(new @Nullable Object[] {oid, held.sequence(), held.term()});
          }
        });
    Map<String, String> changed = new HashMap<>();
    for (int from = 0; from < rows.size(); from += ROWS) {
      int to = Math.min(from + ROWS, rows.size());
      Reply reply = send(table.delete(), rows.subList(from, to));
      for (int i = from; i < to; i++) {
        if (isConflict(reply.refusalOf(i - from))) {
          String oid = oids.get(i);
          changed.put(oid, gone.getOrDefault(oid, ""));
        }
      }
    }
    return changed;
  }

  private boolean isConflict(Optional<Refusal> refusal) {
    if (refusal.isEmpty() || refusal.get().code() == Refusal.DOCUMENT_MISSING) {
      return false;
    }
    if (refusal.get().code() != Refusal.VERSION_CONFLICT) {
      throw CrateFailures.of(refusal.get(), "removing rows of", table.name());
    }
    return true;
  }

  /**
   * Also where there is no row: the mark then keeps whatever is older from coming in.
   *
   * @param gone versions by id
   */
  void mark(Map<String, String> gone) {
    List<@Nullable Object[]> rows = new ArrayList<>();
    gone.forEach((oid, version) ->
        rows.add(new @Nullable Object[] {oid, version, RowVersion.instant(version)}));
    for (int from = 0; from < rows.size(); from += ROWS) {
      int to = Math.min(from + ROWS, rows.size());
      Reply reply = send(table.mark(), rows.subList(from, to));
      for (int i = 0; i < to - from; i++) {
        reply
            .refusalOf(i)
            .ifPresent(refusal -> {
              throw CrateFailures.of(refusal, "marking rows of", table.name());
            });
      }
    }
  }

  private Reply send(String sql, List<@Nullable Object[]> rows) {
    Reply reply = client.offered(client.begin(Request.bulk(sql, rows)), table.name());
    reply
        .refusal()
        .ifPresent(refusal -> {
          throw CrateFailures.of(refusal, "removing rows of", table.name());
        });
    return reply;
  }
}
