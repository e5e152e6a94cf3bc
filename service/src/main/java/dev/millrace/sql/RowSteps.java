package dev.millrace.sql;

import dev.millrace.config.SinkConfig.Misfits;
import dev.millrace.model.Failure;
import dev.millrace.model.Namespace;
import dev.millrace.table.Row;
import dev.millrace.table.Step;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes rows to their tables, and what a table does not take to the dead letters. All at once
 * first; where that is refused for a document's sake the transaction begins again and goes {@link
 * #carefully}: by halves, each undone alone, down to the rows that do not fit.
 */
final class RowSteps {
  private static final Logger LOG = LoggerFactory.getLogger(RowSteps.class);
  private static final int SHOWN_ID = 100;

  private final Database database;
  private final DeadLetters letters;
  private final Misfits policy;

  RowSteps(Database database, DeadLetters letters, Misfits policy) {
    this.database = database;
    this.letters = letters;
    this.policy = policy;
  }

  void atOnce(Connection connection, Catalog tables, Step.Rows rows) throws SQLException {
    write(connection, tables, rows, false);
  }

  void carefully(Connection connection, Catalog tables, Step.Rows rows) throws SQLException {
    write(connection, tables, rows, true);
  }

  private void write(Connection connection, Catalog tables, Step.Rows rows, boolean carefully)
      throws SQLException {
    for (Map.Entry<Namespace, Set<String>> entry : rows.renewed().entrySet()) {
      tables.table(entry.getKey()).clear(entry.getValue());
    }
    for (Map.Entry<Namespace, Map<String, Row>> entry : rows.byNamespace().entrySet()) {
      write(connection, tables, entry.getKey(), entry.getValue(), carefully);
    }
  }

  private void write(
      Connection connection,
      Catalog tables,
      Namespace namespace,
      Map<String, Row> rows,
      boolean carefully)
      throws SQLException {
    Table table = tables.table(namespace);
    Map<String, Row.Misfit> misfits = new LinkedHashMap<>();
    rows.forEach((id, row) -> {
      if (row instanceof Row.Misfit misfit) {
        misfits.put(id, misfit);
      }
    });
    Map<String, Row> fitting = without(misfits, rows);
    if (carefully) {
      Halves halves = new Halves(connection, table, namespace, misfits);
      halves.write(List.copyOf(fitting.entrySet()));
    } else if (!fitting.isEmpty()) {
      table.write(fitting);
    }
    letters.end(connection, namespace, without(misfits, fitting).keySet());
    if (!misfits.isEmpty()) {
      letters.keep(connection, namespace, misfits);
      Map.Entry<String, Row.Misfit> first = misfits.entrySet().iterator().next();
      LOG.warn(
          "{}: documents of {} do not fit their table and are among the dead letters: {}, the first"
              + " of them {}: {}",
          database.name(),
          namespace,
          misfits.size(),
          abbreviated(first.getKey()),
          first.getValue().reason());
    }
  }

  /** The rows themselves where none is a misfit, as nearly always. */
  private static Map<String, Row> without(Map<String, Row.Misfit> misfits, Map<String, Row> rows) {
    if (misfits.isEmpty()) {
      return rows;
    }
    Map<String, Row> fitting = new LinkedHashMap<>(rows);
    misfits.keySet().forEach(fitting::remove);
    return fitting;
  }

  private static String abbreviated(String id) {
    return id.length() <= SHOWN_ID ? id : id.substring(0, SHOWN_ID) + "…";
  }

  private final class Halves {
    private final Connection connection;
    private final Table table;
    private final Namespace namespace;
    private final Map<String, Row.Misfit> misfits;

    Halves(
        Connection connection, Table table, Namespace namespace, Map<String, Row.Misfit> misfits) {
      this.connection = connection;
      this.table = table;
      this.namespace = namespace;
      this.misfits = misfits;
    }

    void write(List<Map.Entry<String, Row>> rows) throws SQLException {
      if (rows.isEmpty()) {
        return;
      }
      execute("SAVEPOINT millrace_rows");
      SQLException refusal = null;
      try {
        Map<String, Row> batch = new LinkedHashMap<>();
        rows.forEach(row -> batch.put(row.getKey(), row.getValue()));
        table.write(batch);
      } catch (SQLException e) {
        if (!database.dialect().isOfDocument(e)) {
          throw e;
        }
        refusal = e;
        execute("ROLLBACK TO SAVEPOINT millrace_rows");
      }
      execute("RELEASE SAVEPOINT millrace_rows");
      if (refusal == null) {
        return;
      }
      if (rows.size() == 1) {
        refused(rows.getFirst().getKey(), rows.getFirst().getValue(), refusal);
        return;
      }
      int half = rows.size() / 2;
      write(rows.subList(0, half));
      write(rows.subList(half, rows.size()));
    }

    private void refused(String id, Row row, SQLException refusal) {
      String code = database.dialect().code("MISFIT");
      String reason = String.valueOf(refusal.getMessage()).lines().findFirst().orElse("");
      if (policy == Misfits.STOP) {
        throw Failure.fatal(
            code,
            "%s: the document %s of %s does not fit its table (%s): change the table or the document, or set on_misfit: dead_letter"
                .formatted(database.name(), abbreviated(id), namespace, reason),
            refusal);
      }
      misfits.put(id, new Row.Misfit(row.version(), code, reason, json(row)));
    }

    private byte @Nullable [] json(Row row) {
      return switch (row) {
        case Row.Put put -> put.json();
        case Row.Marked marked -> marked.json();
        case Row.Misfit misfit -> misfit.json();
        case Row.Gone gone -> null;
      };
    }

    private void execute(String sql) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
      }
    }
  }
}
