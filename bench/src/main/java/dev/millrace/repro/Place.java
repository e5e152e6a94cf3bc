package dev.millrace.repro;

import java.nio.file.Path;

/** Where everything of the reproduction lies, and how this build's tap is started. */
record Place(Path home, Path state) {
  /** As the scripts of {@code repro/session-timeout} have it. */
  static Place standard() {
    Path home = Path.of(System.getProperty("millrace.home", ".")).toAbsolutePath().normalize();
    return new Place(home, home.resolve("repro/session-timeout/state"));
  }

  String launcher() {
    return home.resolve("millrace").toString();
  }

  Path config() {
    return state.resolve("config.json");
  }

  /** The same login with a name for the server's log, so that it tells whose cursor is whose. */
  Path config(String name) {
    return state.resolve("config-" + name + ".json");
  }

  /** Selects everything FULL_TABLE. */
  Path catalog() {
    return state.resolve("catalog.json");
  }

  /** Selects everything LOG_BASED. */
  Path logCatalog() {
    return state.resolve("catalog-log.json");
  }

  /** What the tap's first run left. */
  Path tapState() {
    return state.resolve("state.json");
  }

  /** What {@code init} chose, for the scripts after it. */
  Path facts() {
    return state.resolve("facts.json");
  }

  Path server() {
    return state.resolve("mongod");
  }

  Path serverLog() {
    return server().resolve("mongod.log");
  }

  Path pidFile() {
    return server().resolve("mongod.pid");
  }

  /** As somebody in the project's folder would type it. */
  String shown(Path path) {
    return path.startsWith(home) ? home.relativize(path).toString() : path.toString();
  }
}
