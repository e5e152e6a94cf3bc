package dev.millrace.verify;

/** How a row differs from its document. */
public enum Difference {
  /** There is a document, and no row. */
  MISSING,
  /** There are both, and they are not the same. */
  DIFFERENT,
  /** There is a row, and no document. */
  EXTRA
}
