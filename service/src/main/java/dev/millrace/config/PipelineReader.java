package dev.millrace.config;

import dev.millrace.engine.CopyPlan;
import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.model.Position;
import dev.millrace.source.FullDocument;
import dev.millrace.source.PreImage;
import dev.millrace.source.StartFrom;
import dev.millrace.source.Subset;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads one pipeline of the file. Where something is at fault it goes on with a stand-in. */
final class PipelineReader {
  static final String DEFAULT_DATABASE = "millrace";
  private static final String CHECKPOINT = "source, sink, file:/path/to/state.db or a mapping";
  private static final String START = "now, {time: …} or {token: …}";

  private final Section section;

  PipelineReader(Section section) {
    this.section = section;
  }

  PipelineConfig read() {
    String name = section.required("name", Values::name, Values.NAME).orElse("");
    SourceConfig source = source(section.section("source"));
    SinkConfig sink =
        new SinkReader(section.section("sink"), name, source.database().isEmpty()).read();
    if (!section.has("sink")) {
      section.fault("sink", "nothing", "a mapping with a type: " + SinkReader.types());
    }
    CheckpointConfig checkpoint = checkpoint(source, sink);
    LimitsConfig limits = limits(section.section("limits"));
    CopyPlan copy = new CopyReader(section).read();
    if (sink.needsDocuments() && source.fullDocument() == FullDocument.DELTA) {
      section.fault(
          "source.full_document",
          "delta",
          "lookup, post_image or post_image_when_available: a table needs whole documents");
    }
    if (!source.subset().isAll() && source.fullDocument() == FullDocument.DELTA) {
      section.fault(
          "source.full_document",
          "delta",
          "lookup, post_image or post_image_when_available: filter and projection need whole documents");
    }
    if (source.subset().isFiltering() && !source.operations().contains(Operation.DELETE)) {
      section.fault(
          "source.operations",
          "a filter, and no delete",
          "delete as well: a document that stops passing the filter is deleted in the sink");
    }
    if (sink.takesOneCollection() && !source.followsOneCollection()) {
      section.fault(
          "sink.table",
          "the name of one table",
          "{collection} in it, or source.collections with the one that it is for");
    }
    section.finish();
    return new PipelineConfig(name, source, checkpoint, sink, limits, copy);
  }

  private SourceConfig source(Section source) {
    if (!section.has("source")) {
      section.fault("source", "nothing", "a mapping with a uri");
      return stub();
    }
    String uri = uri(source);
    Optional<String> database = database(source, uri);
    boolean deployment = source.has("databases");
    List<String> collections =
        source.list(
            "collections",
            false,
            name -> Optional.of(name).filter(n -> CollectionNames.isSound(n, deployment)),
            deployment ? CollectionNames.IN_DEPLOYMENT : CollectionNames.IN_DATABASE);
    SourceConfig read =
        new SourceConfig(
            new Secret(uri),
            database,
            collections,
            new SubsetReader(source).read(),
            operations(source),
            Words.of(FullDocument.class).in(source, "full_document").orElse(FullDocument.LOOKUP),
            preImage(source),
            start(source));
    source.finish();
    return read;
  }

  private static SourceConfig stub() {
    return new SourceConfig(
        new Secret(""),
        Optional.of(""),
        List.of(),
        Subset.ALL,
        Set.of(),
        FullDocument.LOOKUP,
        PreImage.OFF,
        new StartFrom.Now());
  }

  private static String uri(Section source) {
    if (!source.has("uri")) {
      source.fault("uri", "nothing", MongoUri.EXPECTED);
    }
    String uri = source.secret("uri", Optional::of, MongoUri.EXPECTED).orElse("");
    if (!uri.isEmpty()) {
      MongoUri.fault(uri).ifPresent(fault -> source.fault("uri", fault, MongoUri.EXPECTED));
    }
    return uri;
  }

  private static Optional<String> database(Section source, String uri) {
    if (source.has("databases")) {
      source.value(
          "databases",
          text -> Optional.of(text).filter(t -> t.equals("all") || t.equals("*")),
          "all (to follow some of a deployment, list them in collections: shop.*)");
      if (source.has("database")) {
        source.fault("databases", "database as well", "one of the two");
      }
      return Optional.empty();
    }
    Optional<String> named =
        source.value(
            "database",
            text -> Optional.of(text).filter(t -> t.matches("[^/\\\\. \"$*<>:|?]+")),
            "the name of one database (databases: all follows the deployment)");
    if (named.isPresent()) {
      return named;
    }
    Optional<String> inPath = MongoUri.database(uri);
    if (inPath.isEmpty() && !source.has("database") && !uri.isEmpty()) {
      source.fault("database", "nothing", "a database, here or in the uri; or databases: all");
    }
    return Optional.of(inPath.orElse(""));
  }

  private static Set<Operation> operations(Section source) {
    List<Operation> operations =
        source.list("operations", false, Values::operation, Values.OPERATION);
    return operations.isEmpty() ? EnumSet.allOf(Operation.class) : EnumSet.copyOf(operations);
  }

  private static PreImage preImage(Section source) {
    Words<PreImage> words = Words.of(PreImage.class);
    // To YAML of old, off is a truth value.
    return source
        .value(
            "pre_images",
            text -> words.named(text.equals("false") ? "off" : text),
            words.expected())
        .orElse(PreImage.OFF);
  }

  private static StartFrom start(Section source) {
    if (!source.isMapping("start")) {
      source.value("start", t -> Optional.of(t).filter("now"::equals), START);
      return new StartFrom.Now();
    }
    Section start = source.section("start");
    Optional<StartFrom> time =
        start.value("time", t -> Values.time(t).map(StartFrom.At::new), Values.TIME);
    Optional<StartFrom> token =
        start.value("token", PipelineReader::token, "a resume token's _data: 82…");
    if (start.has("time") == start.has("token")) {
      source.fault("start", start.has("time") ? "both time and token" : "neither", START);
    }
    start.finish();
    return time.or(() -> token).orElse(new StartFrom.Now());
  }

  private static Optional<StartFrom> token(String text) {
    return Position.looksLikeToken(text)
        ? Optional.of(new StartFrom.After(Position.of(text)))
        : Optional.empty();
  }

  private CheckpointConfig checkpoint(SourceConfig source, SinkConfig sink) {
    if (!section.has("checkpoint")) {
      return sink.canKeepCheckpoint()
          ? new CheckpointConfig.InSink()
          : inSource(source, Optional.empty(), Optional.empty());
    }
    CheckpointConfig checkpoint;
    if (section.isMapping("checkpoint")) {
      checkpoint = mapping(section.section("checkpoint"), source);
    } else {
      checkpoint =
          section
              .value("checkpoint", text -> word(text, source), CHECKPOINT)
              .orElseGet(() -> inSource(source, Optional.empty(), Optional.empty()));
    }
    if (checkpoint instanceof CheckpointConfig.InSink && !sink.canKeepCheckpoint()) {
      section.fault(
          "checkpoint",
          "sink",
          "source or file:…: only a database keeps the position with its rows (a NATS stream carries its own state, beside which one place outside is needed)");
    }
    return checkpoint;
  }

  private static Optional<CheckpointConfig> word(String text, SourceConfig source) {
    if (text.startsWith("file:") && text.length() > "file:".length()) {
      return Optional.of(new CheckpointConfig.File(Path.of(text.substring("file:".length()))));
    }
    return switch (text) {
      case "source" -> Optional.of(inSource(source, Optional.empty(), Optional.empty()));
      case "sink" -> Optional.of(new CheckpointConfig.InSink());
      default -> Optional.empty();
    };
  }

  private static CheckpointConfig mapping(Section at, SourceConfig source) {
    String store =
        at.required(
                "store",
                t -> Optional.of(t).filter(List.of("source", "sink", "file")::contains),
                "one of source, sink, file")
            .orElse("");
    CheckpointConfig checkpoint =
        switch (store) {
          case "file" ->
              new CheckpointConfig.File(
                  Path.of(at.required("file", Optional::of, "a path").orElse("")));
          case "sink" -> new CheckpointConfig.InSink();
          case "source" ->
              inSource(
                  source,
                  at.text("database", "the name of a database"),
                  at.text("collection", "the name of a collection"));
          default -> inSource(source, Optional.empty(), Optional.empty());
        };
    if (!store.isEmpty()) {
      at.finish(List.of("file", "database", "collection"));
    }
    return checkpoint;
  }

  private static CheckpointConfig inSource(
      SourceConfig source, Optional<String> database, Optional<String> collection) {
    return new CheckpointConfig.Source(
        new Namespace(
            database.or(source::database).orElse(DEFAULT_DATABASE),
            collection.orElse(Variables.DEFAULT_POSITIONS)));
  }

  private static LimitsConfig limits(Section at) {
    LimitsConfig usual = LimitsConfig.DEFAULT;
    LimitsConfig limits =
        new LimitsConfig(
            at.value("read_ahead", Values::bytes, Values.BYTES).orElse(usual.readAheadBytes()),
            at.value("transaction", Values::bytes, Values.BYTES).orElse(usual.transactionBytes()),
            at.value("save_every", Values::duration, Values.DURATION).orElse(usual.saveEvery()),
            at.value("stop_within", Values::duration, Values.DURATION).orElse(usual.stopWithin()));
    at.finish();
    return limits;
  }
}
