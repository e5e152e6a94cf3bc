package dev.millrace.sink.jetstream;

import dev.millrace.config.SinkConfig;
import dev.millrace.letters.Address;
import dev.millrace.letters.DeadLetter;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.letters.Which;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedSet;

/** The dead letters of a stream, for people, by their subjects' order. */
final class JetStreamDeadLetterBox implements DeadLetterBox {
  private final NatsSession session;
  private final Subjects subjects;
  private final LetterStore store;

  JetStreamDeadLetterBox(SinkConfig.JetStream config, String pipeline) {
    this.session = NatsSession.open(config, "millrace letters of " + pipeline);
    this.subjects = new Subjects(config.stream(), config.databaseInSubject());
    this.store = new LetterStore(new StreamAdmin(session, config.stream()), subjects);
  }

  @Override
  public long count(Which which) {
    return letters(store.subjects(), which, Integer.MAX_VALUE).size();
  }

  @Override
  public List<DeadLetter> page(Which which, Optional<Address> after, int limit) {
    SortedSet<String> all = store.subjects();
    // The least text behind a subject is that subject with a character more.
    return letters(
        after
            .map(last -> all.tailSet(subjects.dead(last.namespace(), last.id()) + '\0'))
            .orElse(all),
        which,
        limit);
  }

  private List<DeadLetter> letters(Collection<String> some, Which which, int limit) {
    List<DeadLetter> letters = new ArrayList<>();
    for (String subject : some) {
      if (letters.size() < limit) {
        store
            .letter(subject)
            .map(LetterStore.Stored::letter)
            .filter(letter -> which.has(letter.address()))
            .ifPresent(letters::add);
      }
    }
    return letters;
  }

  /** One: a stream tells no more than the last message of many subjects at once. */
  @Override
  public List<DeadLetter> newest(int limit) {
    return store.letter(subjects.allDead()).map(LetterStore.Stored::letter).stream().toList();
  }

  @Override
  public Optional<DeadLetter> find(Address address) {
    return store.letter(address).map(LetterStore.Stored::letter);
  }

  @Override
  public int discard(List<DeadLetter> letters) {
    int removed = 0;
    for (DeadLetter letter : letters) {
      String subject = subjects.dead(letter.namespace(), letter.id());
      boolean isSame =
          store
              .letter(subject)
              .filter(it -> it.letter().version().equals(letter.version()))
              .isPresent();
      if (isSame) {
        store.purge(subject, OptionalLong.of(Long.parseLong(letter.version())));
        removed++;
      }
    }
    return removed;
  }

  @Override
  public void close() {
    session.close();
  }
}
