package dev.millrace.cli;

import dev.millrace.config.CdcRelay;
import dev.millrace.config.CollectionAddress;
import dev.millrace.config.ConfigReader;
import dev.millrace.config.LogConfig;
import dev.millrace.config.MillraceConfig;
import dev.millrace.config.Reading;
import dev.millrace.engine.CopyPlan.Snapshot;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The successor of the relay in Python, started as that was. */
@Command(
    name = "cdc-relay",
    description = {
      "Keeps one table of CrateDB in step with one collection of MongoDB, until SIGTERM or Ctrl-C.",
      "It copies what is there, then follows every change. What happens while it is down arrives at the next start."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = ExitCode.HEADING,
    exitCodeList = {
      "0:with --snapshot only: all is copied",
      "1:with --snapshot only: it stopped before that",
      ExitCode.L2,
      ExitCode.L130
    },
    footer = {
      "",
      "  export MONGODB_URL='mongodb://localhost:27017/?replicaSet=rs0'",
      "  export CRATEDB_SQLALCHEMY_URL='crate://localhost:4200/?schema=doc'",
      "  millrace check",
      "  millrace cdc-relay",
      "",
      "Environment variables:",
      "  MONGODB_URL                      with a database in its path only for login",
      "  MONGODB_DATABASE                 testdrive",
      "  MONGODB_COLLECTION               data",
      "  CRATEDB_SQLALCHEMY_URL           crate://user:password@host:4200/?schema=doc&ssl=true",
      "  CRATEDB_URL                      instead of that: http://host:4200; several with commas",
      "  CRATEDB_TABLE                    table, or schema.table; cdc-testdrive",
      "  MONGO_RESUME_TOKENS_COLLECTION   where the position is kept; cs_resume_tokens",
      "  HTTP_PORT                        on all interfaces; 3000, 0 takes a free one",
      "  HTTP_TOKEN                       lets who shows it change things over HTTP; nobody may",
      "",
      "Where MONGO_URI is not set, `run`, `check`, `status` and `position` go by them, too."
    })
final class CdcRelayCommand implements Callable<Integer> {
  private final Console console;
  @Mixin private LogOptions logging = new LogOptions();

  @Option(
      names = "--mongodb-url",
      paramLabel = "URL",
      description = "Follow this MongoDB; instead of MONGODB_URL.")
  private @Nullable String mongoUrl;

  @Option(
      names = "--database",
      paramLabel = "NAME",
      description = "Follow a collection of this database; instead of MONGODB_DATABASE.")
  private @Nullable String database;

  @Option(
      names = "--collection",
      paramLabel = "NAME",
      description = "Follow this collection; instead of MONGODB_COLLECTION.")
  private @Nullable String collection;

  @Option(
      names = "--cratedb-url",
      paramLabel = "URL",
      description = "Write to this CrateDB; instead of CRATEDB_SQLALCHEMY_URL and CRATEDB_URL.")
  private @Nullable String crateUrl;

  @Option(
      names = "--table",
      paramLabel = "NAME",
      description = "Write to this table; instead of CRATEDB_TABLE.")
  private @Nullable String table;

  @Option(
      names = "--snapshot",
      paramLabel = "WHAT",
      description = {
        "initial (default) copies what is there, never only follows changes from the first start on, only copies and ends."
      })
  private String snapshot = "initial";

  @Option(
      names = "--replace-table",
      description = {
        "A table without a primary key that has the name, as the relay in Python makes them, gets another one (NAME_before_millrace), and all is copied into a new one. A table of Millrace's own stays as it is, so this may be given at every start."
      })
  private boolean replaceTable;

  CdcRelayCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    CdcRelay relay = new CdcRelay(snapshot(), replaceTable);
    return switch (read(relay)) {
      case Reading.Valid valid -> {
        MillraceConfig config = valid.config();
        logging.useLog(config.log(), LogConfig.Level.TRACE);
        yield RunCommand.run(config, () -> read(relay), console);
      }
      case Reading.Faulty faulty ->
          throw Refusal.faults("the environment variables and options", faulty.problems());
    };
  }

  private Reading read(CdcRelay relay) {
    return new ConfigReader(
            console.environmentWith(
                Map.of(
                    CollectionAddress.URL, Optional.ofNullable(mongoUrl),
                    CollectionAddress.DATABASE, Optional.ofNullable(database),
                    CollectionAddress.COLLECTION, Optional.ofNullable(collection),
                    CdcRelay.SQLALCHEMY_URL, Optional.ofNullable(crateUrl),
                    CdcRelay.TABLE, Optional.ofNullable(table))))
        .cdcRelay(relay);
  }

  private Snapshot snapshot() {
    try {
      return Snapshot.valueOf(snapshot.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw Refusal.usage("--snapshot takes initial, never or only, not " + snapshot);
    }
  }
}
