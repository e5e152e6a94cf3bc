package dev.millrace.cli;

import dev.millrace.config.ConfigProblem;
import dev.millrace.config.LogConfig;
import dev.millrace.model.MillraceException;
import dev.millrace.source.Tables;
import dev.millrace.source.Tables.Found;
import dev.millrace.tap.Discovery;
import dev.millrace.tap.Tap;
import dev.millrace.tap.TapCatalog;
import dev.millrace.tap.TapConfig;
import dev.millrace.tap.TapConfigReader;
import dev.millrace.tap.TapState;
import dev.millrace.tap.TapStream;
import dev.millrace.wiring.TapWiring;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The successor of tap-mongodb, started as that is. */
@Command(
    name = "tap",
    description = {
      "Reads collections of MongoDB as a Singer tap: messages on stdout, everything else on stderr.",
      "Takes config, catalog and state of tap-mongodb as they are. Ends when it has told of all that was there at its start."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    exitCodeListHeading = ExitCode.HEADING,
    exitCodeList = {
      "0:all is told of, or ended by SIGINT or SIGTERM behind a last state",
      "1:MongoDB refused something, or nobody reads stdout any more; the last state holds",
      "2:wrong arguments, config, catalog or state",
      ExitCode.L4
    },
    footer = {
      "",
      "  millrace tap --config config.json --discover > catalog.json",
      "  millrace tap --config config.json --catalog catalog.json --state state.json | target-jsonl",
      "",
      "In config.json: host, port, user, password, database (of the login, or auth_database), replica_set, ssl, verify_mode, include_schemas_in_destination_stream_name; or connection_string."
    })
final class TapCommand implements Callable<Integer> {
  /** For the reproduction of what happens without: kept, resumed or lost. */
  static final String LIVES = "MILLRACE_TAP_LIVES";

  private static final Logger LOG = LoggerFactory.getLogger(TapCommand.class);
  private static final JsonMapper MAPPER = new JsonMapper();

  private final Console console;

  @Mixin private LogOptions logging = new LogOptions();

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "Where to read from.")
  private @Nullable Path config;

  @Option(
      names = {"-d", "--discover"},
      description = "Print the catalog of what can be read.")
  private boolean discover;

  @Option(
      names = {"--catalog", "-p", "--properties"},
      paramLabel = "FILE",
      description = "Which streams are selected, and how they are replicated.")
  private @Nullable Path catalog;

  @Option(
      names = {"-s", "--state"},
      paramLabel = "FILE",
      description = "The last state that an earlier run printed.")
  private @Nullable Path state;

  @Option(
      names = "--follow",
      description = "Go on with changes as they happen, of streams that are LOG_BASED.")
  private boolean follow;

  @Option(
      names = "--test",
      description = "Only see whether MongoDB answers, and has what the catalog selects.")
  private boolean test;

  @Option(names = "--about", description = "Print what this tap is and can do, as JSON.")
  private boolean about;

  TapCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (about) {
      console.out().println(about());
      return ExitCode.OK;
    }
    logging.useLog(LogConfig.DEFAULT, LogConfig.Level.INFO);
    if (config == null) {
      throw Refusal.usage("--config is needed: a file with host, port, … or connection_string");
    }
    if (!discover && !test && catalog == null) {
      throw Refusal.usage("--catalog is needed, or --discover to make one");
    }
    Input input = input(config);
    try (Tables tables = TapWiring.tables(input.config())) {
      if (discover) {
        console.out().println(Discovery.catalog(tables, input.config().login()));
        return ExitCode.OK;
      }
      return test ? test(tables, input) : run(tables, input);
    }
  }

  private record Input(TapConfig config, List<TapStream> streams, TapState state) {}

  /** All faults of all three at once. */
  private Input input(Path configFile) {
    List<String> faults = new ArrayList<>();
    TapConfigReader reader = new TapConfigReader(json(configFile, faults));
    add(configFile, faults.isEmpty() ? reader.faults() : List.of(), faults);
    TapConfig read = reader.read();
    List<TapStream> streams = List.of();
    if (catalog != null) {
      int before = faults.size();
      TapCatalog selection = new TapCatalog(json(catalog, faults), read.databaseInNames());
      add(catalog, faults.size() == before ? selection.faults() : List.of(), faults);
      streams = selection.selected();
    }
    JsonNode kept = state == null ? MAPPER.createObjectNode() : json(state, faults);
    if (state != null) {
      add(state, TapState.faults(kept), faults);
    }
    if (!faults.isEmpty()) {
      throw new Refusal(ExitCode.USAGE, "MR-CONFIG", String.join("; ", faults));
    }
    Set<String> unknown = reader.unknown();
    if (!unknown.isEmpty()) {
      LOG.info("{}: not used: {}", configFile, String.join(", ", unknown));
    }
    return new Input(read, streams, new TapState(kept));
  }

  private static void add(Path file, List<ConfigProblem> problems, List<String> faults) {
    problems.forEach(problem -> faults.add(file + ": " + problem));
  }

  /** An empty object where it is none, with a fault. */
  private static JsonNode json(Path file, List<String> faults) {
    try {
      String text = Files.readString(file);
      // What a first run is given where a target kept nothing.
      return text.isBlank() ? MAPPER.createObjectNode() : MAPPER.readTree(text);
    } catch (NoSuchFileException e) {
      faults.add(file + ": there is no such file");
    } catch (IOException e) {
      faults.add(file + ": cannot be read: " + e.getMessage());
    } catch (JacksonException e) {
      // Without what stands there, for that may be a password.
      faults.add("%s: no JSON at line %d".formatted(file, e.getLocation().getLineNr()));
    }
    return MAPPER.createObjectNode();
  }

  private int test(Tables tables, Input input) {
    String version = tables.version();
    Set<String> there = new TreeSet<>();
    for (String database : tables.databases(input.config().login())) {
      for (Found found : tables.collections(database)) {
        there.add(found.namespace().toString());
      }
    }
    List<String> missing =
        input.streams().stream()
            .map(stream -> stream.namespace().toString())
            .filter(name -> !there.contains(name))
            .toList();
    if (!missing.isEmpty()) {
      throw new Refusal(
          ExitCode.FAILED,
          "MR-TAP-MISSING",
          "MongoDB has no such collections, or does not show them: " + String.join(", ", missing));
    }
    console.err().printf("%s answers, with %d collections%n", version, there.size());
    return ExitCode.OK;
  }

  private int run(Tables tables, Input input) {
    if (input.streams().isEmpty()) {
      LOG.warn(
          "MR-TAP-NOTHING: the catalog selects no stream: set selected: true in the metadata of those that are to be read");
    }
    Tap tap =
        TapWiring.tap(input.config(), tables, input.state(), input.streams(), stdout(), lives());
    OrderlyEnd end = OrderlyEnd.with(tap::stop);
    try (end) {
      tap.run(follow);
      return ExitCode.OK;
    } catch (MillraceException e) {
      if (e.failure().code().equals("MR-STDOUT-CLOSED")) {
        // Whoever read it knows why.
        LOG.info("{}", e.getMessage());
        return ExitCode.FAILED;
      }
      throw e;
    }
  }

  /** Past the buffers of {@code System.out}, which tell of no failure. */
  private OutputStream stdout() {
    return System.out.equals(console.out())
        ? new FileOutputStream(FileDescriptor.out)
        : console.out();
  }

  private Tap.Lives lives() {
    String name = console.environment().getOrDefault(LIVES, "kept").toUpperCase(Locale.ROOT);
    for (Tap.Lives lives : Tap.Lives.values()) {
      if (lives.name().equals(name)) {
        return lives;
      }
    }
    throw Refusal.usage(LIVES + " is kept, resumed or lost, not " + name);
  }

  private static String about() {
    return """
    {
      "name": "millrace tap",
      "description": "Singer tap for MongoDB",
      "version": "%s",
      "capabilities": ["catalog", "discover", "properties", "state", "test", "about"],
      "settings": {
        "connection_string": "mongodb://user:password@host:27017/?replicaSet=rs0; instead of the others",
        "host": "a member of the replica set",
        "port": "27017 unless said",
        "user": "nobody unless said",
        "password": "of the user",
        "database": "of the login",
        "auth_database": "instead of database",
        "replica_set": "its name; without one only the host is asked",
        "ssl": "true or false; false unless said",
        "verify_mode": "true or false: whether the server's certificate is checked; true unless said",
        "include_schemas_in_destination_stream_name": "true or false: streams are called database_collection; false unless said"
      }
    }\
    """
        .formatted(Main.Version.number());
  }
}
