package dev.millrace.demo;

import java.util.Optional;

/** Where a demo is to deliver to. */
public sealed interface SinkChoice {
  /** A server of that kind that is there already; empty starts one, where it takes one. */
  Optional<String> url();

  /**
   * JetStream.
   *
   * @param sqliteWillDo whether a SQLite file may stand in when no nats-server is to be had
   */
  record Nats(Optional<String> url, boolean sqliteWillDo) implements SinkChoice {}

  /** A SQLite file. */
  record Sqlite() implements SinkChoice {
    @Override
    public Optional<String> url() {
      return Optional.empty();
    }
  }

  /** A schema of a PostgreSQL database. */
  record Postgres(Optional<String> url) implements SinkChoice {}
}
