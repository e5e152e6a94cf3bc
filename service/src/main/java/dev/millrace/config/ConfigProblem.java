package dev.millrace.config;

/**
 * One fault in a configuration.
 *
 * @param key the variable's name, or the path in the file: {@code pipelines[0].sink.type}
 * @param found what is there; never a secret
 * @param expected what would do
 */
public record ConfigProblem(String key, String found, String expected) {
  @Override
  public String toString() {
    return key + ": found " + found + "; expected " + expected;
  }
}
