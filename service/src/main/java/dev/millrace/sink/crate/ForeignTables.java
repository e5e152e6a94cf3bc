package dev.millrace.sink.crate;

import dev.millrace.config.SinkConfig;
import dev.millrace.config.SinkConfig.OnForeignTable;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tables that are in the way: of the name that a collection's table is to have, and without the key
 * that rows are kept by. The relay in Python made them so.
 */
final class ForeignTables {
  private static final Logger LOG = LoggerFactory.getLogger(ForeignTables.class);

  private final CrateClient client;
  private final SinkConfig.Crate config;

  ForeignTables(CrateClient client, SinkConfig.Crate config) {
    this.client = client;
    this.config = config;
  }

  /** Whether there is such a table by that name. */
  boolean isThere(String name) {
    return shape(name).filter(it -> !it.takesDocuments()).isPresent();
  }

  /**
   * Gives a table that is in the way another name, or says what to type.
   *
   * @throws MillraceException where it is not to be touched
   */
  void clear(String name) {
    if (config.onForeignTable() == OnForeignTable.REFUSE) {
      throw refused(name);
    }
    String aside = freeName(name);
    client.run("renaming", name, rename(name, aside));
    LOG.warn(
        "MR-CRATE-SET-ASIDE: table {} could not be kept up to date and is {} now, with its rows; a new one is filled. When it is of no use any more: DROP TABLE {};",
        quoted(name),
        quoted(aside),
        quoted(aside));
  }

  /** What to type. */
  MillraceException refused(String name) {
    return Failure.fatal(
        "MR-CRATE-TABLE",
        "table %s has not oid as its primary key and data as an OBJECT, as tables of the relay in Python have not: rows would be doubled, and changes of the last second missed. Have it set aside by `millrace cdc-relay --replace-table` (in a file, on_foreign_table: set_aside), or type %s; or DROP TABLE %s; and start again: all is copied into a new one then"
            .formatted(quoted(name), rename(name, freeName(name)), quoted(name)));
  }

  private String rename(String from, String to) {
    return "ALTER TABLE %s RENAME TO %s".formatted(quoted(from), Names.quoted(to));
  }

  private String freeName(String name) {
    String free = TableNames.fitting(name + "_before_millrace");
    for (int i = 2; shape(free).isPresent(); i++) {
      free = TableNames.fitting(name + "_before_millrace_" + i);
    }
    return free;
  }

  private Optional<Shape> shape(String name) {
    return Shape.of(client, config.schema(), name);
  }

  private String quoted(String name) {
    return CrateTable.quoted(config.schema(), name);
  }
}
