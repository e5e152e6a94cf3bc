package dev.millrace.sink.postgres;

import dev.millrace.sql.DeadLetterBoxCases;
import dev.millrace.sql.FreshDatabase;
import dev.millrace.testing.NeedsServers;
import org.junit.jupiter.api.Timeout;

@NeedsServers
@Timeout(120)
class PostgresDeadLetterBoxTest extends DeadLetterBoxCases {
  private final PostgresSchema schema = new PostgresSchema();

  @Override
  protected FreshDatabase place() {
    return schema;
  }
}
