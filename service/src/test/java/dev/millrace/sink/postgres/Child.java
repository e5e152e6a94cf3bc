package dev.millrace.sink.postgres;

import dev.millrace.config.Secret;
import dev.millrace.config.SinkConfig;
import dev.millrace.model.Term;
import dev.millrace.sql.EndlessDelivery;
import java.util.Optional;

/** Delivers for ever: to a database, into a schema, in a term. */
final class Child {
  private Child() {}

  public static void main(String[] args) {
    SinkConfig.Postgres config =
        new SinkConfig.Postgres(
            new Secret(args[0]), Optional.empty(), args[1], SinkConfig.Tables.USUAL);
    EndlessDelivery.run(
        () -> PostgresSink.open(config, EndlessDelivery.PIPELINE),
        new Term(Long.parseLong(args[2])));
  }
}
