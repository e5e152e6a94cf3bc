package dev.millrace.source.mongo;

import com.mongodb.client.MongoClient;
import dev.millrace.model.Finding;
import dev.millrace.model.Namespace;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonValue;

/**
 * Holds what the user may do against what Millrace needs, by the server's own list of privileges;
 * nothing is written to find out.
 */
final class Privileges {
  private static final Set<String> TO_FOLLOW = Set.of("find", "changeStream");
  private static final Set<String> TO_SAVE = Set.of("find", "insert", "update");

  private final MongoClient client;
  private final Scope scope;
  private final Optional<Namespace> checkpoint;

  Privileges(MongoClient client, Scope scope, Optional<Namespace> checkpoint) {
    this.client = client;
    this.scope = scope;
    this.checkpoint = checkpoint;
  }

  void check(List<Finding> findings) {
    BsonDocument auth =
        client
            .getDatabase("admin")
            .runCommand(
                new BsonDocument("connectionStatus", new BsonInt32(1))
                    .append("showPrivileges", BsonBoolean.TRUE),
                BsonDocument.class)
            .getDocument("authInfo");
    if (auth.getArray("authenticatedUsers").isEmpty()) {
      findings.add(
          Finding.ok("nobody is logged in: this works as long as the server asks for no login"));
      return;
    }
    String user =
        auth.getArray("authenticatedUsers").get(0).asDocument().getString("user").getValue();
    List<BsonValue> privileges = auth.getArray("authenticatedUserPrivileges").getValues();
    List<String> missing = new ArrayList<>();
    String database = scope.database() == null ? "" : scope.database();
    lacking(privileges, new Namespace(database, ""), TO_FOLLOW, missing);
    checkpoint.ifPresent(namespace -> lacking(privileges, namespace, TO_SAVE, missing));
    if (missing.isEmpty()) {
      findings.add(Finding.ok("user %s has the privileges to follow and to save".formatted(user)));
    } else {
      findings.add(
          Finding.fault(
              "MR-SOURCE-PRIVILEGE",
              "user %s lacks %s; the smallest role that has it all, for mongosh: %s"
                  .formatted(user, String.join(" and ", missing), smallestRole(database, user))));
    }
  }

  private static void lacking(
      List<BsonValue> privileges, Namespace on, Set<String> wanted, List<String> missing) {
    Set<String> left = new HashSet<>(wanted);
    for (BsonValue privilege : privileges) {
      BsonDocument granted = privilege.asDocument();
      if (covers(granted.getDocument("resource"), on)) {
        granted.getArray("actions").forEach(action -> left.remove(action.asString().getValue()));
      }
    }
    if (!left.isEmpty()) {
      String where = on.collection().isEmpty() ? "all of " : "";
      String name =
          on.database().isEmpty() ? "the deployment" : on.toString().replaceAll("\\.$", "");
      missing.add(String.join(", ", left.stream().sorted().toList()) + " on " + where + name);
    }
  }

  private static boolean covers(BsonDocument resource, Namespace on) {
    if (resource.containsKey("anyResource")) {
      return true;
    }
    if (!resource.containsKey("db") || !resource.containsKey("collection")) {
      return false;
    }
    String database = resource.getString("db").getValue();
    String collection = resource.getString("collection").getValue();
    return (database.isEmpty() || database.equals(on.database()))
        && (collection.isEmpty() || collection.equals(on.collection()));
  }

  private String smallestRole(String database, String user) {
    StringBuilder role = new StringBuilder();
    role.append(
        "db.getSiblingDB(\"admin\").createRole({role: \"millrace\", roles: [], privileges: [");
    role.append(
        "{resource: {db: \"%s\", collection: \"\"}, actions: [\"find\", \"changeStream\", \"listCollections\", \"collStats\"]}"
            .formatted(database));
    checkpoint.ifPresent(namespace ->
        role.append(
            ", {resource: {db: \"%s\", collection: \"%s\"}, actions: [\"find\", \"insert\", \"update\", \"createCollection\"]}"
                .formatted(namespace.database(), namespace.collection())));
    return role.append("]}); db.getSiblingDB(\"admin\").grantRolesToUser(\"")
        .append(user)
        .append("\", [\"millrace\"])")
        .toString();
  }
}
