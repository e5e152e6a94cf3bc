package dev.millrace.sink.jetstream;

import dev.millrace.model.MillraceException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which dead letters the stream has, by their subjects, so that nothing is asked while there are
 * none. A letter ends with a later message of its document, or of its collection's end: it is then
 * removed. Where that fails it is over all the same, for whoever reads it looks for such a message.
 * For the sink's thread, but for {@link #count}.
 */
final class OpenLetters {
  private static final Logger LOG = LoggerFactory.getLogger(OpenLetters.class);

  /** As many are looked at one by one at a start. */
  private static final int LOOKED_AT = 1_000;

  private final LetterStore store;
  private final Set<String> open = new HashSet<>();

  /** Of parcels that are under way: what they open is as good as open for those behind them. */
  private final List<Notes> underWay = new ArrayList<>();

  private boolean removes = true;
  private volatile long count;

  OpenLetters(LetterStore store) {
    this.store = store;
  }

  /** Reads which there are. */
  void load() {
    open.clear();
    open.addAll(store.subjects());
    if (open.size() <= LOOKED_AT) {
      for (String subject : List.copyOf(open)) {
        if (store.letter(subject).isEmpty()) {
          end(subject, OptionalLong.empty());
        }
      }
    }
    count = open.size();
  }

  /** How many there are, as far as is known; any thread. */
  long count() {
    return count;
  }

  /** What a parcel does to them, once it is in the stream. */
  final class Notes {
    private final Set<String> opened = new LinkedHashSet<>();
    private final Set<String> ended = new LinkedHashSet<>();
    private boolean looksAgain;

    boolean isAny() {
      return !open.isEmpty()
          || !opened.isEmpty()
          || underWay.stream().anyMatch(one -> !one.opened.isEmpty());
    }

    void opened(String subject) {
      ended.remove(subject);
      opened.add(subject);
    }

    void ended(String subject) {
      if (openSets().stream().anyMatch(some -> some.contains(subject))) {
        opened.remove(subject);
        ended.add(subject);
      }
    }

    private List<Set<String>> openSets() {
      List<Set<String>> sets = new ArrayList<>(List.of(open, opened));
      underWay.forEach(one -> sets.add(one.opened));
      return sets;
    }

    /**
     * @param all with {@code *} for the last token
     */
    void endedAll(String all) {
      String prefix = all.substring(0, all.length() - 1);
      List<String> theirs = new ArrayList<>();
      for (Set<String> some : openSets()) {
        some.stream().filter(subject -> subject.startsWith(prefix)).forEach(theirs::add);
      }
      theirs.forEach(this::ended);
    }

    /** Between changes, when there is time to see what people discarded. */
    void looksAgain() {
      looksAgain = true;
    }

    /** Its parcel goes out; the next one may be filled before it is settled. */
    void sent() {
      underWay.add(this);
    }

    /**
     * All of it is in the stream.
     *
     * @param last the sequence that the stream ends with
     */
    void settle(long last) {
      underWay.remove(this);
      open.addAll(opened);
      ended.forEach(subject -> end(subject, OptionalLong.of(last)));
      if (looksAgain && !open.isEmpty()) {
        open.retainAll(store.subjects());
      }
      count = open.size();
    }
  }

  private void end(String subject, OptionalLong through) {
    open.remove(subject);
    if (!removes) {
      return;
    }
    try {
      store.purge(subject, through);
    } catch (MillraceException e) {
      removes = false;
      LOG.warn(
          "dead letters that are over stay in the stream, for they cannot be removed: {}",
          e.getMessage());
    }
  }
}
