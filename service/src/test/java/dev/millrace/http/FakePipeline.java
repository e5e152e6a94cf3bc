package dev.millrace.http;

import dev.millrace.config.CheckpointConfig;
import dev.millrace.config.LimitsConfig;
import dev.millrace.config.PipelineConfig;
import dev.millrace.config.Secret;
import dev.millrace.config.SinkConfig;
import dev.millrace.config.SourceConfig;
import dev.millrace.engine.CopyPlan;
import dev.millrace.engine.CopyRequest;
import dev.millrace.engine.CopyView;
import dev.millrace.engine.PipelineMetrics;
import dev.millrace.engine.PipelineState;
import dev.millrace.json.JsonMode;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.model.CollectionCopy.Status;
import dev.millrace.model.CommitPoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.model.Term;
import dev.millrace.source.FullDocument;
import dev.millrace.source.PreImage;
import dev.millrace.source.StartFrom;
import dev.millrace.source.Subset;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** A pipeline that notes what it is asked, and shows what it is told to. */
public final class FakePipeline implements Watched {
  public final List<CopyRequest> asked = new CopyOnWriteArrayList<>();
  public volatile CompletableFuture<Void> answer = CompletableFuture.completedFuture(null);
  public volatile CopyView copy = CopyView.NONE;
  public volatile Optional<DeadLetterBox> letters = Optional.empty();
  private final PipelineConfig config;
  private final PipelineMetrics metrics = new PipelineMetrics();

  public FakePipeline(String name, String... collections) {
    this.config = config(name, List.of(collections));
  }

  /** From database {@code shop} into stdout. */
  public static PipelineConfig config(String name, List<String> collections) {
    return new PipelineConfig(
        name,
        new SourceConfig(
            new Secret("mongodb://h/shop"),
            Optional.of("shop"),
            collections,
            Subset.ALL,
            EnumSet.allOf(Operation.class),
            FullDocument.LOOKUP,
            PreImage.OFF,
            new StartFrom.Now()),
        new CheckpointConfig.File(Path.of("state.db")),
        new SinkConfig.Stdout(JsonMode.RELAXED),
        LimitsConfig.DEFAULT,
        new CopyPlan(CopyPlan.Snapshot.INITIAL, 4, 1 << 20, true, CopyPlan.HistoryLost.RESNAPSHOT));
  }

  /** Four collections, one each way, and a commit point that no longer holds. */
  public static CopyView someCopied() {
    return new CopyView(
        true,
        true,
        List.of(
            collection("orders", Status.PENDING, "", 1_200_000, 3_000_000, 3, 8),
            collection("secrets", Status.UNREADABLE, "may not be read", 0, -1, 0, 1),
            collection("users", Status.DONE, "", 40, 40, 0, 0),
            collection("totals", Status.NOT_COPYABLE, "a view", 0, -1, 0, 0)),
        new CommitPoint(1_767_225_600L << 32 | 7, false, "orders is copied again", List.of("old")),
        "shop.orders",
        new CopyState.Edits(
            new TreeSet<>(Set.of("extra")),
            new TreeSet<>(Set.of("users")),
            new TreeSet<>(Set.of("orders"))));
  }

  private static CopyView.Collection collection(
      String name, Status status, String reason, long copied, long of, int complete, int ranges) {
    return new CopyView.Collection(
        new Namespace("shop", name), status, reason, copied, of, complete, ranges, 0, false);
  }

  @Override
  public PipelineConfig config() {
    return config;
  }

  @Override
  public PipelineState state() {
    return new PipelineState.Running(new Term(1));
  }

  @Override
  public PipelineMetrics metrics() {
    return metrics;
  }

  @Override
  public long deadLetters() {
    return 0;
  }

  @Override
  public long queueBytes() {
    return 0;
  }

  @Override
  public DeadLetterBox letters() {
    return letters.orElseThrow(() -> DeadLetterBox.none(name(), "stdout"));
  }

  @Override
  public CopyView copy() {
    return copy;
  }

  @Override
  public CompletableFuture<Void> request(CopyRequest request) {
    asked.add(request);
    return answer;
  }
}
