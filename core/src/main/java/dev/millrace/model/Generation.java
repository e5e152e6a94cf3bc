package dev.millrace.model;

/**
 * Which copy of a collection it is. A drop, a rename or a new copy begins another one, and nothing
 * of an older one is delivered afterwards.
 *
 * @param id the place in the stream that began it, as a token's hex; with a suffix where several
 *     began at one place. Unique for the collection.
 * @param since the cluster time, as the server's 64 bits, before which nothing of it was read
 */
public record Generation(String id, long since) {
  /** Of a collection that was never copied. */
  public static final Generation NONE = new Generation("", 0);
}
