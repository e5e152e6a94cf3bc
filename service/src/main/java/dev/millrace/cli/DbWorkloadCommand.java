package dev.millrace.cli;

import com.mongodb.MongoException;
import dev.millrace.config.CollectionAddress;
import dev.millrace.config.ConfigProblem;
import dev.millrace.config.LogConfig;
import dev.millrace.config.Values;
import dev.millrace.demo.WorkloadLine;
import dev.millrace.lab.CollectionWorkload;
import dev.millrace.wiring.WritableMongo;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Gives whoever follows a collection something to follow. */
@Command(
    name = "db-workload",
    description = {
      "Inserts, updates, replaces and deletes in one MongoDB collection, until Ctrl-C.",
      "Drops nothing, and never touches a document that it did not make: its own it knows by their _id, made of the seed and a count. A second run with the same seed goes on where the first ended; runs at the same time need different seeds."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = ExitCode.HEADING,
    exitCodeList = {
      "0:done, or ended by SIGINT or SIGTERM",
      "1:MongoDB refused a write, or a member of its replica set has to be initiated",
      ExitCode.L2,
      ExitCode.L4
    },
    footer = {
      "",
      "  MONGODB_URL='mongodb://localhost:27017/?replicaSet=rs0' millrace db-workload",
      "",
      "Environment variables:",
      "  MONGODB_URL           with a database in its path only for login",
      "  MONGODB_DATABASE      testdrive",
      "  MONGODB_COLLECTION    data"
    })
final class DbWorkloadCommand implements Callable<Integer> {
  private static final int MOST_BYTES = 15 << 20;
  private static final int MOST_ALIVE = 10_000;
  // So that an endless run of large documents fills no disk.
  private static final long MOST_BYTES_ALIVE = 1L << 30;

  private final Console console;

  @Option(
      names = "--mongodb-url",
      paramLabel = "URL",
      description = "Write to this MongoDB; instead of MONGODB_URL.")
  private @Nullable String url;

  @Option(
      names = "--database",
      paramLabel = "NAME",
      description = "Write to this database; instead of MONGODB_DATABASE.")
  private @Nullable String database;

  @Option(
      names = "--collection",
      paramLabel = "NAME",
      description = "Write to this collection; instead of MONGODB_COLLECTION.")
  private @Nullable String collection;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Writes a second; default 10, 0 for as many as the server takes.")
  private double rate = 10;

  @Option(
      names = "--documents",
      paramLabel = "N",
      description = {
        "End when so many documents were inserted. Default: endless, with 10,000 documents at most (1 GiB of larger ones) in the collection at a time."
      })
  private @Nullable Long documents;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = {
        "Default 1. In a collection without documents of that seed, the same seed and options make the same documents."
      })
  private int seed = 1;

  @Option(
      names = "--document-size",
      paramLabel = "BYTES",
      description = "Of each document, roughly: 2000, 4KiB. Default 512, some 400 are the least.")
  private String documentSize = "512";

  @Option(
      names = "--edge-cases",
      description = {
        "Fields of every BSON type, and the same field of many types. Default: readings as of a sensor, plain, one type for each field."
      })
  private boolean edgeCases;

  DbWorkloadCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    LogSetup.use(new LogConfig(LogConfig.Format.TEXT, LogConfig.Level.ERROR));
    CollectionWorkload.Settings settings = settings();
    CollectionAddress address = address();
    try (WritableMongo mongo =
        WritableMongo.open(
            address,
            warning ->
                console.err().println("WARNING " + warning.code() + ": " + warning.message()))) {
      try {
        run(CollectionWorkload.open(mongo.collection(), settings), address);
      } catch (MongoException e) {
        throw mongo.explained(e);
      }
    }
    return ExitCode.OK;
  }

  private void run(CollectionWorkload workload, CollectionAddress address)
      throws InterruptedException {
    console.err().println("writing to " + address.namespace() + how(workload));
    WorkloadLine line = new WorkloadLine(workload, address.namespace(), console.err());
    try (OrderlyEnd end = OrderlyEnd.with(workload::stop)) {
      try {
        line.showUntil(workload.start());
      } catch (ExecutionException e) {
        // The write that the end came upon may have failed for it.
        if (!end.isAsked()) {
          throw failed(e);
        }
      }
      console.out().println(line.summary());
      console.out().flush();
    }
  }

  private String how(CollectionWorkload workload) {
    String from =
        workload.first() == 0 ? "" : ", going on behind document " + (workload.first() - 1);
    return " with seed " + seed + from + (documents == null ? "; Ctrl-C ends it" : "");
  }

  private static RuntimeException failed(ExecutionException e) {
    return e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
  }

  private CollectionWorkload.Settings settings() {
    if (!(rate >= 0) || Double.isInfinite(rate)) {
      throw Refusal.usage("--rate takes a number from 0 on, not " + rate);
    }
    if (documents != null && documents < 1) {
      throw Refusal.usage("--documents takes a number above 0, not " + documents);
    }
    int bytes =
        Values.bytes(documentSize)
            .filter(size -> size <= MOST_BYTES)
            .orElseThrow(() ->
                Refusal.usage(
                    "--document-size takes %s, of 15MiB at most, not %s"
                        .formatted(Values.BYTES, documentSize)))
            .intValue();
    return new CollectionWorkload.Settings(
        seed,
        rate,
        documents == null ? 0 : documents,
        bytes,
        Math.clamp(MOST_BYTES_ALIVE / bytes, 10, MOST_ALIVE),
        edgeCases);
  }

  private CollectionAddress address() {
    Map<String, String> variables =
        console.environmentWith(
            Map.of(
                CollectionAddress.URL, Optional.ofNullable(url),
                CollectionAddress.DATABASE, Optional.ofNullable(database),
                CollectionAddress.COLLECTION, Optional.ofNullable(collection)));
    List<ConfigProblem> faults = CollectionAddress.faults(variables);
    if (!faults.isEmpty()) {
      throw new Refusal(
          ExitCode.USAGE,
          "MR-CONFIG",
          faults.stream().map(ConfigProblem::toString).collect(Collectors.joining("; "))
              + "; or --mongodb-url, --database");
    }
    return CollectionAddress.of(variables);
  }
}
