package dev.millrace.verify;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What came of comparing.
 *
 * @param collections how many were compared
 * @param leftOut how many could not be
 * @param documents that were read of the source
 * @param differing the rows that differ, with how
 * @param unsettled rows that may differ: they kept changing, or nobody can ask for their {@code
 *     _id}
 * @param undelivered rows of which the newest change is not delivered yet
 * @param deadLetters rows that differ because their table does not take their documents
 * @param complete false where so many rows differed that it was looked no further
 * @param time all that happened at the source up to this time counts; as the server's 64 bits
 */
public record Findings(
    int collections,
    int leftOut,
    long documents,
    Map<RowId, Differing> differing,
    long unsettled,
    long undelivered,
    long deadLetters,
    boolean complete,
    long time) {
  public Findings {
    differing = Collections.unmodifiableMap(new LinkedHashMap<>(differing));
  }

  public long count(Difference how) {
    return differing.values().stream().filter(each -> each.how() == how).count();
  }

  /** Whether it is known of every row whether it differs. */
  public boolean isDecided() {
    return complete && unsettled == 0 && leftOut == 0;
  }
}
