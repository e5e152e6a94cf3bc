package dev.millrace.sink.crate;

import dev.millrace.config.SinkConfig;
import dev.millrace.letters.Address;
import dev.millrace.letters.DeadLetter;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.letters.Which;
import java.util.List;
import java.util.Optional;

/** A pipeline's rows of {@code millrace_dead_letters}, for people; it makes nothing. */
final class CrateDeadLetterBox implements DeadLetterBox {
  private final CrateClient client;
  private final String schema;
  private final LetterRows rows;

  CrateDeadLetterBox(SinkConfig.Crate config, String pipeline) {
    this.client = new CrateClient(config);
    this.schema = config.schema();
    this.rows = new LetterRows(client, CrateTable.quoted(schema, DeadLetters.NAME), pipeline);
  }

  private boolean isThere() {
    return Shape.of(client, schema, DeadLetters.NAME).isPresent();
  }

  @Override
  public long count(Which which) {
    return isThere() ? rows.count(which) : 0;
  }

  @Override
  public List<DeadLetter> page(Which which, Optional<Address> after, int limit) {
    return isThere() ? rows.page(which, after, limit) : List.of();
  }

  @Override
  public List<DeadLetter> newest(int limit) {
    return isThere() ? rows.newest(limit) : List.of();
  }

  @Override
  public Optional<DeadLetter> find(Address address) {
    return isThere() ? rows.find(address) : Optional.empty();
  }

  @Override
  public int discard(List<DeadLetter> letters) {
    int removed = 0;
    for (DeadLetter letter : letters) {
      removed += rows.remove(letter.address(), letter.version()) ? 1 : 0;
    }
    return removed;
  }

  @Override
  public void close() {
    client.close();
  }
}
