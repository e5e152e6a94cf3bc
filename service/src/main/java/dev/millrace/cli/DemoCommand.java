package dev.millrace.cli;

import dev.millrace.config.LogConfig;
import dev.millrace.demo.ChildRelay;
import dev.millrace.demo.Demo;
import dev.millrace.demo.DemoOptions;
import dev.millrace.demo.DemoServers;
import dev.millrace.demo.DemoWork;
import dev.millrace.demo.Relay;
import dev.millrace.demo.SinkChoice;
import dev.millrace.lab.Comparison;
import dev.millrace.lab.MongoServers;
import dev.millrace.lab.Ports;
import dev.millrace.lab.ServerUnavailable;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Everything at work on real servers, with one command and nothing set up. */
@Command(
    name = "demo",
    description = {
      "Shows it all at work on a real MongoDB and a real NATS or PostgreSQL.",
      "Starts both in a temporary folder, runs a workload of every kind of document",
      "and change, relays it, and shows it live. Ctrl-C leaves nothing behind."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = ExitCode.HEADING,
    exitCodeList = {
      ExitCode.L0,
      "1:with --exit: source and sink differ, or the relay stopped",
      ExitCode.L2,
      "4:a server can neither be found nor fetched nor reached"
    })
final class DemoCommand implements Callable<Integer> {
  private final Console console;

  @Option(
      names = "--sink",
      description = "nats (default), postgres or sqlite.",
      paramLabel = "KIND")
  private @Nullable String sink;

  @Option(
      names = "--documents",
      description = "Touch so many distinct documents, then no more. Default: endless.",
      paramLabel = "N")
  private int documents;

  @Option(
      names = "--preload",
      paramLabel = "M",
      description = {
        "So many of the documents are there before the relay starts, which copies them while the workload goes on. Default: half of N."
      })
  private int preload = -1;

  @Option(
      names = "--kill",
      paramLabel = "K",
      description = {
        "Run the relay in a process of its own, and kill it with SIGKILL and start it again K times on the way. Goes with --exit."
      })
  private int kill;

  @Option(
      names = "--exit",
      description = {
        "When the workload is over, stop, compare sink and source document by document, and print one JSON object as the last line."
      })
  private boolean exit;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Operations a second; default 1000, with --exit unbounded.")
  private int rate = -1;

  @Option(names = "--seed", paramLabel = "N", description = "Of the workload; default 1.")
  private long seed = 1;

  @Option(names = "--mongo-uri", description = "Use this MongoDB.", paramLabel = "URI")
  private @Nullable String mongoUri;

  @Option(names = "--nats-url", description = "Use this NATS server.", paramLabel = "URL")
  private @Nullable String natsUrl;

  @Option(
      names = "--postgres-url",
      paramLabel = "URL",
      description = "With --sink postgres, use this database; in a schema that goes at the end.")
  private @Nullable String postgresUrl;

  @Option(
      names = "--http-port",
      paramLabel = "PORT",
      description = "Of the page; default: a free one.")
  private int httpPort;

  @Option(
      names = "--servers-only",
      description = "Start both servers, print what to paste, and wait.")
  private boolean serversOnly;

  @Option(
      names = "--standalone",
      description = "Start a MongoDB that is no replica set, and wait: for trying `check`.")
  private boolean standalone;

  @Option(
      names = "--uninitiated",
      description = "Start a MongoDB whose set was never initiated, and wait: for trying `check`.")
  private boolean uninitiated;

  DemoCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws Exception {
    LogSetup.use(new LogConfig(LogConfig.Format.TEXT, LogConfig.Level.WARN));
    SinkChoice choice = choice();
    if (exit && documents == 0) {
      documents = 1_000;
    }
    if (documents < 0) {
      throw Refusal.usage("--documents takes a number above 0, not " + documents);
    }
    int all = documents == 0 ? 1_000 : documents;
    if (preload > all) {
      throw Refusal.usage("--preload takes at most the %d documents that there are".formatted(all));
    }
    if (kill < 0 || (kill > 0 && !exit)) {
      throw Refusal.usage("--kill takes a number above 0, and goes with --exit");
    }
    try (DemoServers servers = servers(choice)) {
      if (serversOnly || standalone || uninitiated) {
        return waitBeside(servers);
      }
      return run(servers);
    } catch (ServerUnavailable e) {
      throw new Refusal(ExitCode.UNREACHABLE, e.code(), e.sentence());
    }
  }

  private SinkChoice choice() {
    String word = sink == null ? "nats" : sink.toLowerCase(Locale.ROOT);
    SinkChoice choice =
        switch (word) {
          case "nats" -> new SinkChoice.Nats(Optional.ofNullable(natsUrl), sink == null);
          case "postgres" -> new SinkChoice.Postgres(Optional.ofNullable(postgresUrl));
          case "sqlite" -> new SinkChoice.Sqlite();
          default -> throw Refusal.usage("--sink takes nats, postgres or sqlite, not " + sink);
        };
    demand(natsUrl == null || choice instanceof SinkChoice.Nats, "--nats-url", "nats");
    demand(
        postgresUrl == null || choice instanceof SinkChoice.Postgres, "--postgres-url", "postgres");
    return choice;
  }

  private static void demand(boolean goesTogether, String option, String kind) {
    if (!goesTogether) {
      throw Refusal.usage("%s goes with --sink %s".formatted(option, kind));
    }
  }

  private DemoServers servers(SinkChoice choice) {
    MongoServers.Kind mongo =
        standalone
            ? MongoServers.Kind.STANDALONE
            : uninitiated ? MongoServers.Kind.UNINITIATED : MongoServers.Kind.REPLICA_SET;
    return DemoServers.start(
        new DemoOptions(Optional.ofNullable(mongoUri), choice, mongo), console.err()::println);
  }

  /** Prints what to paste; returns only when the process is told to end. */
  private int waitBeside(DemoServers servers) throws InterruptedException {
    servers.exports().forEach(console.out()::println);
    console.out().flush();
    console.err().println("servers are up; Ctrl-C stops them and removes their data");
    new CountDownLatch(1).await();
    return ExitCode.OK;
  }

  private int run(DemoServers servers) throws Exception {
    DemoWork work =
        new DemoWork(
            seed,
            documents,
            preload >= 0 ? preload : (documents == 0 ? 1_000 : documents) / 2,
            rate >= 0 ? rate : exit ? 0 : 1_000,
            exit,
            kill);
    try (Demo demo = new Demo(servers, work, console.err())) {
      demo.preload();
      if (!(kill > 0 ? relayBeside(servers, demo) : relayHere(servers, demo))) {
        return ExitCode.FAILED;
      }
      Comparison comparison = demo.compare();
      comparison.examples().forEach(console.err()::println);
      console.out().println(demo.report(comparison));
      return comparison.equal() && comparison.exactlyOnceInOrder() ? ExitCode.OK : ExitCode.FAILED;
    }
  }

  private boolean relayHere(DemoServers servers, Demo demo) throws InterruptedException {
    try (Running running = Running.start(servers.file(httpPort).config())) {
      return demo.relay(Relay.of(running.supervisors().getFirst(), running.url()));
    }
  }

  private boolean relayBeside(DemoServers servers, Demo demo) throws InterruptedException {
    int port = httpPort == 0 ? Ports.free() : httpPort;
    try (ChildRelay relay = ChildRelay.start(servers.file(port), port)) {
      return demo.relay(relay);
    }
  }
}
