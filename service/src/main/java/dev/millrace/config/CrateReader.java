package dev.millrace.config;

import dev.millrace.config.SinkConfig.CrateObjects;
import dev.millrace.config.SinkConfig.DatabaseLogin;
import dev.millrace.config.SinkConfig.Misfits;
import dev.millrace.config.SinkConfig.OnForeignTable;
import dev.millrace.config.SinkConfig.OnMisfit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads a sink of type {@code crate}. */
final class CrateReader {
  static final String USUAL_SCHEMA = "doc";

  private final Section section;
  private final TablesReader tables;

  CrateReader(Section section) {
    this.section = section;
    this.tables = new TablesReader(section);
  }

  SinkConfig read() {
    List<CrateUrl> urls = urls();
    Optional<DatabaseLogin> login =
        tables.login().or(() -> urls.stream().flatMap(url -> url.login().stream()).findFirst());
    Optional<String> schema =
        section
            .text("schema", "the name of a schema")
            .or(() -> urls.stream().flatMap(url -> url.schema().stream()).findFirst());
    return new SinkConfig.Crate(
        urls.stream().map(CrateUrl::node).toList(),
        login,
        schema.orElse(USUAL_SCHEMA),
        tables.tables(Misfits.DEAD_LETTER),
        Words.of(CrateObjects.class).in(section, "object").orElse(CrateObjects.DYNAMIC),
        Words.of(OnMisfit.class).in(section, "on_misfit").orElse(OnMisfit.TEXT),
        Words.of(OnForeignTable.class)
            .in(section, "on_foreign_table")
            .orElse(OnForeignTable.REFUSE));
  }

  private List<CrateUrl> urls() {
    if (section.has("url") && section.has("urls")) {
      section.fault("urls", "url as well", "one of the two");
    }
    if (!section.has("url") && !section.has("urls")) {
      section.fault("url", "nothing", CrateUrl.EXPECTED);
    }
    List<CrateUrl> urls = new ArrayList<>();
    urls.addAll(section.list("url", true, CrateUrl::parse, CrateUrl.EXPECTED));
    urls.addAll(section.list("urls", true, CrateUrl::parse, CrateUrl.EXPECTED));
    return urls;
  }
}
