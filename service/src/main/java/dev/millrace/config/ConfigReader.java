package dev.millrace.config;

import java.nio.file.Path;
import java.util.Map;

/**
 * The door of this package: a configuration is read as a whole, or every fault in it is told at
 * once.
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
