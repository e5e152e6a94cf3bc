package dev.millrace.source.mongo;

/** Whether events carry the document as it was before. */
public enum PreImages {
  OFF("off"),
  WHEN_AVAILABLE("whenAvailable"),
  REQUIRED("required");

  private final String option;

  PreImages(String option) {
    this.option = option;
  }

  String option() {
    return option;
  }
}
