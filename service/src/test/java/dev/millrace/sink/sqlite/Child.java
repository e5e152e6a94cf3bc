package dev.millrace.sink.sqlite;

import dev.millrace.config.SinkConfig;
import dev.millrace.model.Term;
import dev.millrace.sql.EndlessDelivery;
import java.nio.file.Path;

/** Delivers for ever: into a file, in a term. */
final class Child {
  private Child() {}

  public static void main(String[] args) {
    SinkConfig.Sqlite config = new SinkConfig.Sqlite(Path.of(args[0]), SinkConfig.Tables.USUAL);
    EndlessDelivery.run(
        () -> SqliteSink.open(config, EndlessDelivery.PIPELINE), new Term(Long.parseLong(args[1])));
  }
}
