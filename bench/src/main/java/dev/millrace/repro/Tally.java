package dev.millrace.repro;

import java.util.BitSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Holds a tap's messages against what it had to tell of: each version of each document once. */
final class Tally {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final String RECORD = "{\"type\": \"RECORD\"";

  private final BitSet[] wanted = {new BitSet(), new BitSet()};
  private final BitSet[] seen = {new BitSet(), new BitSet()};
  private long records;
  private long repeated;
  private long disordered;
  private long strange;

  private Tally() {}

  /** The inserts behind the tap's state, and the updates. */
  static Tally ofChanges() {
    Tally tally = new Tally();
    tally.wanted[0].set(Documents.EARLIER, Documents.ALL);
    tally.wanted[1].set(0, Documents.ALL);
    return tally;
  }

  /** All documents as they are. */
  static Tally ofTable() {
    Tally tally = new Tally();
    tally.wanted[1].set(0, Documents.ALL);
    return tally;
  }

  /** Takes a line of the tap's output. */
  void take(String line) {
    if (!line.startsWith(RECORD)) {
      return;
    }
    records++;
    JsonNode record = MAPPER.readTree(line).path("record");
    int id = record.path("_id").asInt(-1);
    int version = record.path("version").asInt(-1);
    if (version < 0 || version > 1 || !wanted[version].get(id)) {
      strange++;
      return;
    }
    if (seen[version].get(id)) {
      repeated++;
    }
    if (version == 0 && seen[1].get(id)) {
      disordered++;
    }
    seen[version].set(id);
  }

  long records() {
    return records;
  }

  long expected() {
    return (long) wanted[0].cardinality() + wanted[1].cardinality();
  }

  private long missing() {
    return expected() - seen[0].cardinality() - seen[1].cardinality();
  }

  /** Neither gap nor repeat, nor an old version behind a new one. */
  boolean isComplete() {
    return missing() == 0 && repeated == 0 && disordered == 0 && strange == 0;
  }

  @Override
  public String toString() {
    return "%,d records of %,d: missing %,d, repeated %,d, out of order %,d, never written %,d"
        .formatted(records, expected(), missing(), repeated, disordered, strange);
  }
}
