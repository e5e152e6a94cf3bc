package dev.millrace.sink.postgres;

import dev.millrace.sql.FreshDatabase;
import dev.millrace.sql.TableViewCases;
import dev.millrace.testing.NeedsServers;
import org.junit.jupiter.api.Timeout;

@NeedsServers
@Timeout(120)
class PostgresTableViewTest extends TableViewCases {
  private final PostgresSchema schema = new PostgresSchema();

  @Override
  protected FreshDatabase place() {
    return schema;
  }
}
