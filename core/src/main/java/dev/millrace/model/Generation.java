package dev.millrace.model;

/**
 * Which copy of a collection it is. A drop, a rename or a new copy begins another one, and nothing
 * of an older one is delivered afterwards. One that is begun by an event has that event's place and
 * time; one that is begun because a listing, a request or a loss asks for it has the time from
 * which it reads.
 *
 * @param id the place in the stream that began it, as a token's hex; where no event did, the time
 *     and two counters. Unique for the collection.
 * @param since a cluster time, as the server's 64 bits: its rows are read at that time or after it,
 *     so what a sink holds from before it, untouched, is of an older generation
 */
public record Generation(String id, long since) {
  /** Of a collection that was never copied. */
  public static final Generation NONE = new Generation("", 0);
}
