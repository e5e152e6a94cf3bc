package dev.millrace.http;

import dev.millrace.letters.Address;
import dev.millrace.letters.DeadLetter;
import dev.millrace.letters.Replay;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Dead letters, as maps that become JSON. */
public final class LetterViews {
  /** Of those that remain behind a replay, for people. */
  private static final int SHOWN = 20;

  private LetterViews() {}

  /** One; its document is there where it was read. */
  public static Map<String, @Nullable Object> of(DeadLetter letter) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("collection", letter.namespace().toString());
    view.put("id", letter.id());
    view.put("at", letter.at());
    view.put("version", letter.version());
    if (!letter.change().isEmpty()) {
      view.put("change", letter.change());
    }
    view.put("code", letter.code());
    view.put("reason", letter.reason());
    String document = letter.document();
    if (document != null) {
      view.put("document", document);
    }
    return view;
  }

  static Map<String, @Nullable Object> page(
      long count, List<DeadLetter> letters, Optional<Address> next) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("count", count);
    view.putAll(letters(letters, next));
    return view;
  }

  /** Some of them, with nothing said of the others. */
  static Map<String, @Nullable Object> newest(List<DeadLetter> letters) {
    return letters(letters, Optional.empty());
  }

  private static Map<String, @Nullable Object> letters(
      List<DeadLetter> letters, Optional<Address> next) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("letters", letters.stream().map(LetterViews::of).toList());
    view.put("next", next.map(Address::toText).orElse(null));
    return view;
  }

  static Map<String, @Nullable Object> replayed(Replay.Outcome outcome) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("replayed", outcome.asked());
    view.put("ended", outcome.ended());
    view.put("remaining", outcome.remaining().size());
    view.put("unknown", outcome.unknown());
    view.put("letters", outcome.remaining().stream().limit(SHOWN).map(LetterViews::of).toList());
    view.put("next", outcome.next().map(Address::toText).orElse(null));
    return view;
  }
}
