package dev.millrace.source.mongo;

/** Where the document of an update comes from. */
public enum FullDocuments {
  /** Looked up by the server when the event is read: the newest one, or none when it is gone. */
  LOOKUP("updateLookup"),
  /** The stored post-image; an event without one stops the pipeline. */
  POST_IMAGE_REQUIRED("required"),
  /** The stored post-image where there is one; null where not, looked up by us. */
  POST_IMAGE_WHEN_AVAILABLE("whenAvailable"),
  /** None: updates come as what they changed. */
  DELTA("default");

  private final String option;

  FullDocuments(String option) {
    this.option = option;
  }

  String option() {
    return option;
  }
}
