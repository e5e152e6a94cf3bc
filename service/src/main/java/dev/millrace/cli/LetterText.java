package dev.millrace.cli;

import dev.millrace.letters.DeadLetter;
import java.util.ArrayList;
import java.util.List;

/** Dead letters for a terminal. */
final class LetterText {
  private static final int WIDEST_ID = 60;

  private LetterText() {}

  static List<List<String>> table(List<DeadLetter> letters) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("COLLECTION", "ID", "AT", "CODE", "REASON"));
    for (DeadLetter letter : letters) {
      rows.add(
          row(
              letter.namespace().toString(),
              letter.id(),
              letter.at(),
              letter.code(),
              letter.reason()));
    }
    return rows;
  }

  static List<String> row(String collection, String id, String at, String code, String reason) {
    return List.of(plain(collection), abbreviated(plain(id)), at, code, plain(reason));
  }

  /** Names and values are a stranger's: nothing of theirs moves the cursor. */
  static String plain(String text) {
    return text.codePoints()
        .map(c -> Character.isISOControl(c) ? ' ' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private static String abbreviated(String id) {
    return id.length() <= WIDEST_ID ? id : id.substring(0, WIDEST_ID - 1) + "…";
  }

  static String counted(long count) {
    return count == 1 ? "1 dead letter" : "%,d dead letters".formatted(count);
  }
}
