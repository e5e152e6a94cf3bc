package dev.millrace.model;

/**
 * Which leadership did the work: a counter kept in the checkpoint store and raised by whoever
 * begins to run the pipeline. It never falls. Every write of state carries it, so that an instance
 * that lost the pipeline, and does not know yet, is refused.
 */
public record Term(long number) implements Comparable<Term> {
  /** Before anybody led: what was written by hand or by another program. */
  public static final Term NONE = new Term(0);

  public Term next() {
    return new Term(number + 1);
  }

  @Override
  public int compareTo(Term other) {
    return Long.compare(number, other.number);
  }

  @Override
  public String toString() {
    return Long.toString(number);
  }
}
