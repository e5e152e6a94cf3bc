package dev.millrace.source;

/** Whether events carry the document as it was before. */
public enum PreImage {
  OFF("off"),
  WHEN_AVAILABLE("whenAvailable"),
  /** An event without one stops the pipeline. */
  REQUIRED("required");

  private final String wireName;

  PreImage(String wireName) {
    this.wireName = wireName;
  }

  /** As {@code $changeStream} has it. */
  public String wireName() {
    return wireName;
  }
}
