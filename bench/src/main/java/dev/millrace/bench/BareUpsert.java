package dev.millrace.bench;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import dev.millrace.json.BsonJson;
import dev.millrace.json.JsonBuffer;
import dev.millrace.json.JsonMode;
import dev.millrace.model.RawValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonDocument;

/**
 * The floor of a SQL sink: ready JSON upserted in batches, a transaction each, into such a table as
 * Millrace makes, as durable as Millrace has it, by JDBC alone. Nothing is read and nothing
 * converted.
 */
final class BareUpsert implements Contender {
  private static final int POOL = 20_000;
  private static final int BATCH = 5_000;

  /** As Millrace sets them. */
  private static final List<String> SETTINGS =
      List.of(
          "PRAGMA page_size=8192",
          "PRAGMA journal_mode=WAL",
          "PRAGMA synchronous=FULL",
          "PRAGMA cache_size=-16384",
          "PRAGMA wal_autocheckpoint=4096");

  private final List<byte[]> ready = new ArrayList<>();

  @Override
  public void run(Course course) throws IOException, SQLException {
    if (ready.isEmpty()) {
      prepare(course);
    }
    Path file = Files.createTempFile("millrace-bench-", ".db");
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
      try (Statement statement = connection.createStatement()) {
        for (String setting : SETTINGS) {
          statement.execute(setting);
        }
        statement.execute(
            "CREATE TABLE orders (id TEXT NOT NULL PRIMARY KEY, document TEXT NOT NULL,"
                + " version TEXT NOT NULL)");
      }
      connection.setAutoCommit(false);
      upsert(connection, course);
    } finally {
      Files.delete(file);
    }
  }

  private void prepare(Course course) {
    JsonBuffer json = new JsonBuffer();
    try (MongoClient client = MongoClients.create(course.mongoUri())) {
      for (BsonDocument document :
          client
              .getDatabase(course.database())
              .getCollection(Orders.COLLECTION, BsonDocument.class)
              .find()
              .limit(POOL)) {
        RawValue raw = RawValue.of(document);
        json.clear();
        BsonJson.document(raw.bytes(), raw.offset(), JsonMode.RELAXED, json);
        ready.add(json.toByteArray());
      }
    }
  }

  private void upsert(Connection connection, Course course) throws SQLException {
    try (PreparedStatement upsert =
        connection.prepareStatement(
            "INSERT INTO orders AS held (id, document, version) VALUES (?, CAST(? AS TEXT), ?)"
                + " ON CONFLICT (id) DO UPDATE SET document = excluded.document, version ="
                + " excluded.version WHERE excluded.version >= coalesce(held.version, '')")) {
      for (long done = 0; done < course.events(); done += BATCH) {
        for (long i = done; i < Math.min(done + BATCH, course.events()); i++) {
          upsert.setString(1, Orders.id(i).getValue().toHexString());
          upsert.setBytes(2, ready.get((int) (i % ready.size())));
          upsert.setString(3, "0000000000000001-ffffffff");
          upsert.addBatch();
        }
        upsert.executeBatch();
        connection.commit();
      }
    }
  }
}
