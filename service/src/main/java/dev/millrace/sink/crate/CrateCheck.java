package dev.millrace.sink.crate;

import dev.millrace.config.SinkConfig;
import dev.millrace.model.Finding;
import dev.millrace.model.MillraceException;
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
      return List.of(
          row.get(2).asBoolean()
              ? Finding.ok("%s, %s".formatted(version(row), client.name()))
              : Finding.fault(
                  "MR-CRATE-PRIVILEGE",
                  "user %s may make no tables in %s: GRANT DQL, DML, DDL ON SCHEMA %s TO %s"
                      .formatted(
                          user, client.name(), Names.quoted(config.schema()), Names.quoted(user))));
    } catch (MillraceException e) {
      return List.of(Finding.fault(e.failure()));
    }
  }

  /** Without how it was built. */
  private static String version(JsonNode row) {
    return row.get(0).asString().split(" \\(", 2)[0];
  }
}
