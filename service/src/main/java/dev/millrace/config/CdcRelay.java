package dev.millrace.config;

import dev.millrace.engine.CopyPlan.Snapshot;
import java.util.List;

/**
 * What {@code cdc-relay} is told beside its variables.
 *
 * @param snapshot what is copied by itself
 * @param replacesTable whether a table that was not made here is set aside where it is in the way
 */
public record CdcRelay(Snapshot snapshot, boolean replacesTable) {
  /** The first token of its pipeline's name; behind it is the collection, with its database. */
  public static final String NAME = "cdc-relay";

  public static final String SQLALCHEMY_URL = "CRATEDB_SQLALCHEMY_URL";
  public static final String TABLE = "CRATEDB_TABLE";

  /** The first that is set counts. */
  static final List<String> CRATE_URLS = List.of(SQLALCHEMY_URL, "CRATEDB_URL");

  static final String DEFAULT_TABLE = "cdc-testdrive";

  static final CdcRelay USUAL = new CdcRelay(Snapshot.INITIAL, false);
}
