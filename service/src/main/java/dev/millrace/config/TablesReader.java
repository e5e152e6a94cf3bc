package dev.millrace.config;

import dev.millrace.config.SinkConfig.DatabaseLogin;
import dev.millrace.config.SinkConfig.Misfits;
import dev.millrace.config.SinkConfig.Tables;
import dev.millrace.table.TableName;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Optional;

/** Reads the sinks that keep collections in tables. */
final class TablesReader {
  private static final String POSTGRES_URL = "postgresql://host:5432/database";

  private final Section section;

  TablesReader(Section section) {
    this.section = section;
  }

  SinkConfig sqlite() {
    Optional<Path> file =
        section.required(
            "file", t -> Optional.of(t).filter(x -> !x.isBlank()).map(Path::of), "a path");
    return new SinkConfig.Sqlite(file.orElse(Path.of("")), tables(misfits()));
  }

  SinkConfig postgres() {
    if (!section.has("url")) {
      section.fault("url", "nothing", POSTGRES_URL);
    }
    Optional<Secret> url = section.secret("url", TablesReader::postgresUrl, POSTGRES_URL);
    return new SinkConfig.Postgres(
        url.orElse(new Secret("")),
        login(),
        section.text("schema", "the name of a schema").orElse("public"),
        tables(misfits()));
  }

  /** A login beside the URL, instead of what stands in it. */
  Optional<DatabaseLogin> login() {
    Optional<String> user = section.text("user", "a user's name");
    Optional<Secret> password =
        section.secret("password", t -> Optional.of(new Secret(t)), "a password");
    if (password.isPresent() && user.isEmpty()) {
      section.fault("password", "no user beside it", "user and password, or both in the url");
    }
    return user.map(name -> new DatabaseLogin(name, password.orElse(new Secret(""))));
  }

  private static Optional<Secret> postgresUrl(String text) {
    String bare = text.startsWith("jdbc:") ? text.substring("jdbc:".length()) : text;
    try {
      // Several hosts make no URI of the usual form, but its parts are there all the same.
      URI uri = new URI(bare);
      boolean sound =
          ("postgresql".equals(uri.getScheme()) || "postgres".equals(uri.getScheme()))
              && uri.getRawAuthority() != null
              && uri.getPath() != null
              && uri.getPath().length() > 1;
      return sound ? Optional.of(new Secret(bare)) : Optional.empty();
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  private Misfits misfits() {
    return Words.of(Misfits.class).in(section, "on_misfit").orElse(Misfits.DEAD_LETTER);
  }

  /**
   * @param misfits what becomes of a document that its table does not take
   */
  Tables tables(Misfits misfits) {
    Optional<Boolean> keep =
        section.value(
            "on_drop",
            t ->
                switch (t) {
                  case "apply" -> Optional.of(false);
                  case "keep" -> Optional.of(true);
                  default -> Optional.empty();
                },
            "apply (rows go with their collection) or keep");
    Optional<Boolean> softDeletes =
        section.value(
            "soft_deletes",
            Values::truth,
            "true (rows of deleted documents stay, marked) or false");
    Optional<TableName> name =
        section.value(
            "table", TableName::parse, "a name with {database} and {collection} in it, or without");
    return new Tables(
        SinkReader.json(section),
        name.orElse(TableName.OF_COLLECTION),
        keep.orElse(false),
        softDeletes.orElse(false),
        misfits);
  }
}
