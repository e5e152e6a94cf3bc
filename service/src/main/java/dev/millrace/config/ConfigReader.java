package dev.millrace.config;

import java.nio.file.Path;
import java.util.Map;

/**
 * Reads a configuration: either all of it, or every fault in it at once. Environment variables that
 * are empty count as unset.
 */
public final class ConfigReader {
  private final Map<String, String> environment;

  public ConfigReader(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /** From environment variables alone, named as mongodb-nats-connector names them. */
  public Reading variables() {
    return new VariablesReader(environment).read();
  }

  /** From a YAML file, whose {@code ${NAME}} stand for environment variables. */
  public Reading file(Path file) {
    return new FileReader(environment).read(file);
  }
}
