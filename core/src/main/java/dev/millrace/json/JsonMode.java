package dev.millrace.json;

/** The two spellings of MongoDB Extended JSON v2. */
public enum JsonMode {
  /** Numbers as plain JSON numbers, dates of the years 1970 to 9999 as ISO text; types are lost. */
  RELAXED,
  /** Every value keeps its BSON type; the driver calls this {@code EXTENDED}. */
  CANONICAL
}
