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

  /**
   * From environment variables alone: named as mongodb-nats-connector names them, or, where they
   * are those of {@code cdc-relay}, as for that.
   */
  public Reading variables() {
    return CdcRelayReader.isMeantBy(environment)
        ? cdcRelay(CdcRelay.USUAL)
        : new VariablesReader(environment).read();
  }

  /** From the environment variables of {@code cdc-relay}. */
  public Reading cdcRelay(CdcRelay relay) {
    return new CdcRelayReader(environment).read(relay);
  }

  /** From a YAML file, whose {@code ${NAME}} stand for environment variables. */
  public Reading file(Path file) {
    return new FileReader(environment).read(file);
  }
}
