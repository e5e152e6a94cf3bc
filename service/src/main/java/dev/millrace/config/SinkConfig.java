package dev.millrace.config;

import dev.millrace.json.JsonMode;
import dev.millrace.table.TableName;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Where a pipeline delivers to: one record per kind, with just what that kind needs. */
public sealed interface SinkConfig {
  /**
   * What `/health` and messages call it: {@code nats}, {@code crate}, {@code postgres}, {@code
   * sqlite}, {@code stdout}.
   */
  String kind();

  /** Whether it can keep the position in one transaction with its rows, and then does by itself. */
  boolean canKeepCheckpoint();

  /** Whether it takes whole documents only, and not what an update changed. */
  boolean needsDocuments();

  /** Whether it has one place for all, so that only one collection can be followed. */
  default boolean takesOneCollection() {
    return false;
  }

  /**
   * A NATS JetStream stream.
   *
   * @param servers {@code nats://} or {@code tls://} URLs, tried in turn; a user and password in
   *     them are secrets
   * @param stream its name, and the first token of every subject
   * @param databaseInSubject whether the database stands before the collection in subjects, as it
   *     must when the pipeline follows several
   * @param replicas for a stream that is created here
   * @param misfits what becomes of a change of a document that no message can hold
   */
  record JetStream(
      List<Secret> servers,
      String stream,
      NatsLogin login,
      Optional<NatsTls> tls,
      boolean databaseInSubject,
      JsonMode json,
      int replicas,
      Misfits misfits)
      implements SinkConfig {
    /** With misfits as they are where nothing is said. */
    public JetStream(
        List<Secret> servers,
        String stream,
        NatsLogin login,
        Optional<NatsTls> tls,
        boolean databaseInSubject,
        JsonMode json,
        int replicas) {
      this(servers, stream, login, tls, databaseInSubject, json, replicas, Misfits.DEAD_LETTER);
    }

    @Override
    public String kind() {
      return "nats";
    }

    @Override
    public boolean canKeepCheckpoint() {
      return false;
    }

    @Override
    public boolean needsDocuments() {
      return false;
    }
  }

  /** How to introduce ourselves to NATS. */
  sealed interface NatsLogin {
    /** With nothing, or with what stands in the URL. */
    record None() implements NatsLogin {}

    record UserPassword(String user, Secret password) implements NatsLogin {}

    record Token(Secret token) implements NatsLogin {}

    /** A {@code .creds} file with a JWT and a seed. */
    record Credentials(Path file) implements NatsLogin {}

    /** A file with an NKey seed, {@code SU…}. */
    record NKey(Path seedFile) implements NatsLogin {}
  }

  /** PEM files; the certificate and key are for servers that ask for one. */
  record NatsTls(Optional<Path> ca, Optional<Path> certificate, Optional<Path> key) {}

  /**
   * How collections are kept in tables.
   *
   * @param keepOnDrop whether rows stay when their collection is dropped
   * @param softDeletes whether the rows of deleted documents stay, with the time of it
   * @param misfits what becomes of a document that its table does not take
   */
  record Tables(
      JsonMode json, TableName name, boolean keepOnDrop, boolean softDeletes, Misfits misfits) {
    /** As it is where nothing is said. */
    public static final Tables USUAL =
        new Tables(JsonMode.RELAXED, TableName.OF_COLLECTION, false, false);

    public Tables(JsonMode json, TableName name, boolean keepOnDrop, boolean softDeletes) {
      this(json, name, keepOnDrop, softDeletes, Misfits.DEAD_LETTER);
    }
  }

  /** What becomes of a document that the target will never take. */
  enum Misfits {
    /** It is kept aside, with the reason, and all others go on. */
    DEAD_LETTER,
    /** The pipeline stops, for a person to see to it. */
    STOP
  }

  /** A SQLite file. */
  record Sqlite(Path file, Tables tables) implements SinkConfig {
    @Override
    public boolean takesOneCollection() {
      return !tables.name().isOfEachCollection();
    }

    @Override
    public String kind() {
      return "sqlite";
    }

    @Override
    public boolean canKeepCheckpoint() {
      return true;
    }

    @Override
    public boolean needsDocuments() {
      return true;
    }
  }

  /**
   * A schema of a PostgreSQL database.
   *
   * @param url {@code postgresql://host:5432/database} or the same behind {@code jdbc:}; a user and
   *     password in it are secrets
   * @param login instead of what stands in the URL
   */
  record Postgres(Secret url, Optional<DatabaseLogin> login, String schema, Tables tables)
      implements SinkConfig {
    @Override
    public boolean takesOneCollection() {
      return !tables.name().isOfEachCollection();
    }

    @Override
    public String kind() {
      return "postgres";
    }

    @Override
    public boolean canKeepCheckpoint() {
      return true;
    }

    @Override
    public boolean needsDocuments() {
      return true;
    }
  }

  /** How to introduce ourselves to a database. */
  record DatabaseLogin(String user, Secret password) {}

  /**
   * A schema of a CrateDB cluster.
   *
   * @param nodes {@code http://host:4200} or {@code https://host:4200}, used in turn
   */
  record Crate(
      List<URI> nodes,
      Optional<DatabaseLogin> login,
      String schema,
      Tables tables,
      CrateObjects objects,
      OnMisfit onMisfit,
      OnForeignTable onForeignTable)
      implements SinkConfig {
    /** Refuses tables that it cannot keep. */
    public Crate(
        List<URI> nodes,
        Optional<DatabaseLogin> login,
        String schema,
        Tables tables,
        CrateObjects objects,
        OnMisfit onMisfit) {
      this(nodes, login, schema, tables, objects, onMisfit, OnForeignTable.REFUSE);
    }

    @Override
    public boolean takesOneCollection() {
      return !tables.name().isOfEachCollection();
    }

    @Override
    public String kind() {
      return "crate";
    }

    @Override
    public boolean canKeepCheckpoint() {
      return false;
    }

    @Override
    public boolean needsDocuments() {
      return true;
    }
  }

  /** The kind of column that documents are kept in, in tables that are made here. */
  enum CrateObjects {
    /** Each key is a column, with an index, of the type of the first value. */
    DYNAMIC,
    /** Every key takes every value; nothing is indexed. */
    IGNORED
  }

  /** What becomes of a document that the database does not take as it is. */
  enum OnMisfit {
    /** Its row has it whole as text, and what fits of it as usual. */
    TEXT,
    /** It goes to the table of dead letters. */
    DEAD_LETTER,
    /** The pipeline stops. */
    STOP
  }

  /**
   * What becomes of a table that is in the way: of the name that a collection's table is to have,
   * and without the key that rows are kept by.
   */
  enum OnForeignTable {
    /** It is left alone, and the pipeline stops. */
    REFUSE,
    /** It gets another name, with its rows, and a new one is filled. */
    SET_ASIDE
  }

  /** One JSON event a line. */
  record Stdout(JsonMode json) implements SinkConfig {
    @Override
    public String kind() {
      return "stdout";
    }

    @Override
    public boolean canKeepCheckpoint() {
      return false;
    }

    @Override
    public boolean needsDocuments() {
      return false;
    }
  }
}
