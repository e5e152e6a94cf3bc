package dev.millrace.config;

/** A text that is never printed: whoever needs it asks for it by name. */
public record Secret(String reveal) {
  @Override
  public String toString() {
    return "***";
  }
}
