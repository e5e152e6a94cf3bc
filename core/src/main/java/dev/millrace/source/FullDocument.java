package dev.millrace.source;

/** Where the document of an update comes from. */
public enum FullDocument {
  /** Looked up when the event is read: the newest one, or none when it is gone. */
  LOOKUP("updateLookup"),
  /** The stored post-image; an event without one stops the pipeline. */
  POST_IMAGE("required"),
  /** The stored post-image where there is one, else as {@link #LOOKUP}. */
  POST_IMAGE_WHEN_AVAILABLE("whenAvailable"),
  /** None: updates come as what they changed. */
  DELTA("default");

  private final String wireName;

  FullDocument(String wireName) {
    this.wireName = wireName;
  }

  /** As {@code $changeStream} has it. */
  public String wireName() {
    return wireName;
  }
}
