package dev.millrace.wiring;

import com.mongodb.MongoException;
import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.checkpoint.mongo.MongoCheckpointStore;
import dev.millrace.config.CheckpointConfig;
import dev.millrace.config.LimitsConfig;
import dev.millrace.config.MillraceConfig;
import dev.millrace.config.PipelineConfig;
import dev.millrace.config.Secret;
import dev.millrace.config.SourceConfig;
import dev.millrace.engine.PipelinePlan;
import dev.millrace.http.Probe;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Operation;
import dev.millrace.sink.Sink;
import dev.millrace.sink.sqlite.SqliteSink;
import dev.millrace.source.CopySource;
import dev.millrace.source.FullDocument;
import dev.millrace.source.PreImage;
import dev.millrace.source.Source;
import dev.millrace.source.SourceOpener;
import dev.millrace.source.StartFrom;
import dev.millrace.source.mongo.MongoFailures;
import dev.millrace.source.mongo.MongoSourceOpener;
import dev.millrace.source.mongo.MongoSourceOptions;
import dev.millrace.source.mongo.Scope;
import dev.millrace.table.TableView;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * From configuration to the parts that do it. This package alone names implementations; those of
 * sinks are in {@link SinkWiring}.
 */
public final class Wiring {
  private final MillraceConfig config;

  public Wiring(MillraceConfig config) {
    this.config = config;
  }

  public PipelinePlan plan(PipelineConfig pipeline) {
    LimitsConfig limits = pipeline.limits();
    return new PipelinePlan(
        pipeline.name(),
        source(pipeline),
        () -> sink(pipeline),
        () -> store(pipeline),
        pipeline.source().start(),
        pipeline.source().operations(),
        limits.readAheadBytes(),
        limits.transactionBytes(),
        limits.saveEvery(),
        limits.stopWithin(),
        pipeline.copy());
  }

  /** How the pipeline's source is followed, in the source's own words. */
  public MongoSourceOptions sourceOptions(PipelineConfig pipeline) {
    SourceConfig source = pipeline.source();
    return new MongoSourceOptions(
        source.uri().reveal(),
        new Scope(source.database().orElse(null), source.collections(), config.own()),
        source.subset(),
        toldOf(pipeline),
        source.fullDocument(),
        source.preImage(),
        0);
  }

  /** Who copies has to know what happens to collections, whether or not the sink is to. */
  private static Set<Operation> toldOf(PipelineConfig pipeline) {
    Set<Operation> told = EnumSet.copyOf(pipeline.source().operations());
    if (pipeline.copy().isOn()) {
      for (Operation operation : Operation.values()) {
        if (!operation.isOnDocument()) {
          told.add(operation);
        }
      }
    }
    return told;
  }

  public SourceOpener source(PipelineConfig pipeline) {
    return opener(sourceOptions(pipeline));
  }

  /** What the pipeline follows with these edits, as its checkpoints have it. */
  public String scope(PipelineConfig pipeline, CopyState.Edits edits) {
    return sourceOptions(pipeline).scopeOf(edits);
  }

  /** All that changed, and not into what: as {@link #source}, and cheaper. */
  public SourceOpener changes(PipelineConfig pipeline) {
    MongoSourceOptions options = sourceOptions(pipeline);
    return opener(
        new MongoSourceOptions(
            options.uri(),
            options.scope(),
            options.subset(),
            EnumSet.allOf(Operation.class),
            FullDocument.DELTA,
            PreImage.OFF,
            options.batchSize()));
  }

  private static SourceOpener opener(MongoSourceOptions options) {
    MongoSourceOpener opener = new MongoSourceOpener(options);
    return new SourceOpener() {
      @Override
      public Source open(Optional<Checkpoint> checkpoint, StartFrom first, CopyState.Edits edits) {
        return made("the source", () -> opener.open(checkpoint, first, edits));
      }

      @Override
      public CopySource copying(CopyState.Edits edits) {
        return made("the source", () -> opener.copying(edits));
      }
    };
  }

  /** Opens the store that a pipeline keeps its position in. */
  public CheckpointStore store(PipelineConfig pipeline) {
    return made(
        "the checkpoint store",
        () ->
            switch (pipeline.checkpoint()) {
              case CheckpointConfig.Source s ->
                  new MongoCheckpointStore(
                      pipeline.source().uri().reveal(), s.namespace(), pipeline.name());
              case CheckpointConfig.File f -> SqliteSink.store(f.path(), pipeline.name());
              case CheckpointConfig.InSink in ->
                  SinkWiring.of(pipeline.sink()).store(pipeline.name());
            });
  }

  /** Opens the sink that a pipeline delivers to. */
  public Sink sink(PipelineConfig pipeline) {
    return made("the sink", () -> SinkWiring.of(pipeline.sink()).open(pipeline.name()));
  }

  /**
   * Opens what the pipeline's sink did not take and keeps aside.
   *
   * @throws MillraceException {@code MR-LETTERS-NONE} where it keeps nothing
   */
  public DeadLetterBox letters(PipelineConfig pipeline) {
    return made("the dead letters", () -> SinkWiring.of(pipeline.sink()).letters(pipeline.name()))
        .orElseThrow(() -> DeadLetterBox.none(pipeline.name(), pipeline.sink().kind()));
  }

  /** Opens what the sink's tables are looked at with. */
  public TableView tables(PipelineConfig pipeline) {
    return made("the sink", () -> SinkWiring.of(pipeline.sink()).tables(pipeline.name()));
  }

  /** One question for each kind of server in use: does every one of that kind answer? */
  public Map<String, Probe> probes() {
    Set<Secret> deployments = new LinkedHashSet<>();
    Map<String, List<Probe>> byKind = new LinkedHashMap<>();
    for (PipelineConfig pipeline : config.pipelines()) {
      if (deployments.add(pipeline.source().uri())) {
        byKind
            .computeIfAbsent("mongo", k -> new ArrayList<>())
            .add(new MongoProbe(pipeline.source().uri()));
      }
    }
    for (PipelineConfig pipeline : config.pipelines()) {
      byKind
          .computeIfAbsent(pipeline.sink().kind(), k -> new ArrayList<>())
          .add(SinkWiring.of(pipeline.sink()).probe());
    }
    Map<String, Probe> probes = new LinkedHashMap<>();
    byKind.forEach((kind, all) -> probes.put(kind, Probe.all(all)));
    return probes;
  }

  /** The driver throws its own exceptions while a client is made, as when a name is not found. */
  static <T> T made(String what, Supplier<T> maker) {
    try {
      return maker.get();
    } catch (MongoException e) {
      throw MongoFailures.of(e, "opening " + what);
    } catch (IllegalArgumentException e) {
      throw Failure.fatal(
          "MR-CONFIG", what + " cannot be made as it is configured; correct its settings", e);
    }
  }
}
