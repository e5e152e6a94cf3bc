package dev.millrace.letters;

import java.util.List;
import java.util.Optional;

/** Of a place where no sink was yet. */
public final class NoLetters implements DeadLetterBox {
  @Override
  public long count(Which which) {
    return 0;
  }

  @Override
  public List<DeadLetter> page(Which which, Optional<Address> after, int limit) {
    return List.of();
  }

  @Override
  public List<DeadLetter> newest(int limit) {
    return List.of();
  }

  @Override
  public Optional<DeadLetter> find(Address address) {
    return Optional.empty();
  }

  @Override
  public int discard(List<DeadLetter> letters) {
    return 0;
  }

  @Override
  public void close() {}
}
