package dev.millrace.sink.crate;

import dev.millrace.config.SinkConfig;
import dev.millrace.config.SinkConfig.OnForeignTable;
import dev.millrace.model.Finding;
import dev.millrace.model.MillraceException;
import dev.millrace.table.TableName;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Says in words whether a CrateDB sink would work, without making or changing anything. */
public final class CrateCheck {
  private CrateCheck() {}

  /** What was looked at, and what is wrong. */
  public static List<Finding> run(SinkConfig.Crate config) {
    try (CrateClient client = new CrateClient(config)) {
      JsonNode row =
          client
              .run(
                  "looking at",
                  client.name(),
                  "SELECT version(), current_user, has_schema_privilege(?, 'CREATE')",
                  config.schema())
              .rows()
              .get(0);
      String user = row.get(1).asString();
      return row.get(2).asBoolean()
          ? sound(config, client, version(row))
          : List.of(
              Finding.fault(
                  "MR-CRATE-PRIVILEGE",
                  "user %s may make no tables in %s: GRANT DQL, DML, DDL ON SCHEMA %s TO %s"
                      .formatted(
                          user, client.name(), Names.quoted(config.schema()), Names.quoted(user))));
    } catch (MillraceException e) {
      return List.of(Finding.fault(e.failure()));
    }
  }

  private static List<Finding> sound(SinkConfig.Crate config, CrateClient client, String version) {
    Finding there = Finding.ok("%s, %s".formatted(version, client.name()));
    ForeignTables foreign = new ForeignTables(client, config);
    TableName name = config.tables().name();
    String table = TableNames.fitting(name.template());
    return config.onForeignTable() == OnForeignTable.REFUSE
            && name.isConstant()
            && foreign.isThere(table)
        ? List.of(there, Finding.fault(foreign.refused(table).failure()))
        : List.of(there);
  }

  /** Without how it was built. */
  private static String version(JsonNode row) {
    return row.get(0).asString().split(" \\(", 2)[0];
  }
}
