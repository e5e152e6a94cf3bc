package dev.millrace.sink.crate;

import dev.millrace.model.Failure;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Writes documents that bring no columns, many at a time, two requests under way. A row of a later
 * version is left as it is. A request that is refused as a whole, for one row of it, is split until
 * that row is alone.
 */
final class Bulk {
  private static final int ROWS = 1_000;
  private static final int BYTES = 4 << 20;

  /** The server does one while the next arrives; more gained nothing. */
  private static final int UNDER_WAY = 2;

  private final CrateClient client;
  private final CrateTable table;

  Bulk(CrateClient client, CrateTable table) {
    this.client = client;
    this.table = table;
  }

  /** A document that the server does not take, and what it says. */
  record Refused(Document document, String reason) {}

  private record Sent(CrateClient.Pending pending, List<Document> documents) {}

  /**
   * @param documents of ids that all differ
   */
  List<Refused> write(List<Document> documents) {
    List<Refused> refused = new ArrayList<>();
    Deque<Sent> underWay = new ArrayDeque<>();
    for (int from = 0; from < documents.size(); ) {
      int to = end(documents, from);
      if (underWay.size() == UNDER_WAY) {
        finish(underWay.removeFirst(), refused);
      }
      underWay.addLast(send(documents.subList(from, to)));
      from = to;
    }
    while (!underWay.isEmpty()) {
      finish(underWay.removeFirst(), refused);
    }
    return refused;
  }

  private static int end(List<Document> documents, int from) {
    int to = from;
    for (long bytes = 0; to < documents.size() && to - from < ROWS; to++) {
      bytes += documents.get(to).bytes();
      if (bytes > BYTES && to > from) {
        return to;
      }
    }
    return to;
  }

  private Sent send(List<Document> documents) {
    List<@Nullable Object[]> rows = new ArrayList<>(documents.size());
    documents.forEach(document -> rows.add(document.row(table)));
    return new Sent(client.begin(Request.bulk(table.upsert(), rows)), documents);
  }

  private void finish(Sent sent, List<Refused> refused) {
    Reply reply = client.offered(sent.pending(), table.name());
    List<Document> documents = sent.documents();
    Optional<Refusal> whole = reply.refusal();
    if (whole.isEmpty()) {
      for (int i = 0; i < documents.size(); i++) {
        Document document = documents.get(i);
        reply.refusalOf(i).ifPresent(refusal -> refused.add(refused(document, refusal)));
      }
    } else if (documents.size() == 1) {
      refused.add(refused(documents.getFirst(), whole.get()));
    } else {
      int half = documents.size() / 2;
      finish(send(documents.subList(0, half)), refused);
      finish(send(documents.subList(half, documents.size())), refused);
    }
  }

  private Refused refused(Document document, Refusal refusal) {
    if (refusal.code() == Refusal.VERSION_CONFLICT || refusal.code() == Refusal.DUPLICATE_KEY) {
      throw Failure.transientFailure(
          "MR-CRATE-CONTENDED",
          "somebody else writes document %s of table %s: it is tried again"
              .formatted(document.oid(), table.name()),
          null);
    }
    if (!CrateFailures.isOfRowInBulk(refusal)) {
      throw CrateFailures.of(refusal, "writing to", table.name());
    }
    return new Refused(document, refusal.shown());
  }
}
