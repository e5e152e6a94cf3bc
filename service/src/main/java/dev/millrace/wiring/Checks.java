package dev.millrace.wiring;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.checkpoint.CheckpointStore.Stored;
import dev.millrace.config.CheckpointConfig;
import dev.millrace.config.MillraceConfig;
import dev.millrace.config.PipelineConfig;
import dev.millrace.model.Finding;
import dev.millrace.model.Finding.Level;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.source.mongo.Members;
import dev.millrace.source.mongo.Members.Condition;
import dev.millrace.source.mongo.Members.Member;
import dev.millrace.source.mongo.Preflight;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** What `check` looks at: every part of a pipeline, tried without moving data. */
public final class Checks {
  private final Wiring wiring;

  public Checks(MillraceConfig config) {
    this.wiring = new Wiring(config);
  }

  /** The source, and whether the stored position can be gone on from. */
  public List<Finding> source(PipelineConfig pipeline) {
    Optional<Namespace> checkpoint =
        pipeline.checkpoint() instanceof CheckpointConfig.Source in
            ? Optional.of(in.namespace())
            : Optional.empty();
    Preflight preflight = new Preflight(wiring.sourceOptions(pipeline), checkpoint);
    List<Finding> findings = new ArrayList<>(preflight.run());
    if (findings.stream().noneMatch(finding -> finding.level() == Level.FAULT)) {
      findings.add(position(pipeline, preflight));
    }
    return findings;
  }

  private Finding position(PipelineConfig pipeline, Preflight preflight) {
    try (CheckpointStore store = wiring.store(pipeline)) {
      return store
          .read()
          .flatMap(Stored::checkpoint)
          .map(preflight::position)
          .orElseGet(
              () -> Finding.ok("no position is stored: the pipeline would start as configured"));
    } catch (MillraceException e) {
      return Finding.fault(e.failure());
    }
  }

  /** The sink. */
  public List<Finding> sink(PipelineConfig pipeline) {
    return SinkWiring.of(pipeline.sink()).check();
  }

  /**
   * Initiates a set of one on a member that never was, having named host and set; touches no other.
   */
  public void initiate(PipelineConfig pipeline, Consumer<String> say) {
    Optional<Member> never =
        Members.ask(pipeline.source().uri().reveal()).stream()
            .filter(member -> member.condition() == Condition.NEVER_INITIATED)
            .findFirst();
    if (never.isEmpty()) {
      say.accept("initiate: nothing to do, there is no member here that was never initiated");
      return;
    }
    Member member = never.get();
    say.accept(
        "initiate: rs.initiate() on %s, replica set %s"
            .formatted(member.address(), member.setName()));
    Members.initiate(member);
    Members.awaitPrimary(member);
  }
}
