package dev.millrace.http;

import dev.millrace.engine.CopyRequest;
import dev.millrace.letters.DeadLetter;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.letters.Replay;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The paths of dead letters. What asks a sink's target waits on threads of its own, few of them, so
 * that a target that hangs holds up nothing else; each opens the letters and closes them again.
 */
final class LetterPaths implements AutoCloseable {
  private static final int NOT_FOUND = 404;
  private static final int USUAL_PAGE = 100;
  private static final int THREADS = 2;
  private static final Set<String> KEYS = Set.of("collection", "id", "all", "after", "limit");

  private final List<Watched> watched;
  private final Duration patience;
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          THREADS, Thread.ofPlatform().daemon().name("millrace-letters-", 1).factory());

  LetterPaths(List<Watched> watched, Duration patience) {
    this.watched = watched;
    this.patience = patience;
  }

  void addTo(RoutesConfig routes) {
    String all = "/api/pipelines/{name}/deadletters";
    routes.get(all, context -> on(context, this::list));
    routes.post(all + "/replay", context -> on(context, this::replay));
    routes.post(all + "/discard", context -> on(context, this::discard));
  }

  private CompletableFuture<Object> list(Context context, Watched pipeline) {
    LetterRequest request = LetterRequest.ofQuery(context, pipeline.config(), USUAL_PAGE);
    if ("newest".equals(context.queryParam("order"))) {
      // The page asks again and again; counting all of a stream's takes a look at each.
      return onLetters(pipeline, box -> LetterViews.newest(box.newest(request.limit())));
    }
    return onLetters(
        pipeline,
        box -> {
          long count = box.count(request.which());
          List<DeadLetter> letters = box.page(request.which(), request.after(), request.limit());
          boolean isEnd = letters.size() < request.limit();
          return LetterViews.page(
              count, letters, isEnd ? Optional.empty() : Optional.of(letters.getLast().address()));
        });
  }

  private CompletableFuture<Object> replay(Context context, Watched pipeline) {
    LetterRequest request = request(context, pipeline);
    Replay replay =
        new Replay(
            pipeline::letters,
            (namespace, ids) -> pipeline.request(new CopyRequest.Renew(namespace, ids)),
            threads);
    return replay
        .portion(request.which(), request.after(), request.limit())
        .thenApply(LetterViews::replayed);
  }

  private CompletableFuture<Object> discard(Context context, Watched pipeline) {
    LetterRequest request = request(context, pipeline);
    return onLetters(
        pipeline,
        box -> {
          List<DeadLetter> letters = box.page(request.which(), request.after(), request.limit());
          Map<String, @Nullable Object> view = new LinkedHashMap<>();
          view.put("discarded", box.discard(letters));
          view.put(
              "next",
              letters.size() < request.limit() ? null : letters.getLast().address().toText());
          return view;
        });
  }

  private static LetterRequest request(Context context, Watched pipeline) {
    boolean deployment = pipeline.config().source().database().isEmpty();
    RequestBody body = new RequestBody(context.body(), KEYS, deployment);
    return LetterRequest.ofBody(body, pipeline.config(), DeadLetterBox.PAGE);
  }

  /** Work on open letters. */
  @FunctionalInterface
  private interface Work {
    Object on(DeadLetterBox box);
  }

  private CompletableFuture<Object> onLetters(Watched pipeline, Work work) {
    return CompletableFuture.supplyAsync(
        () -> {
          try (DeadLetterBox box = pipeline.letters()) {
            return work.on(box);
          }
        },
        threads);
  }

  private void on(Context context, BiFunction<Context, Watched, CompletableFuture<Object>> work) {
    String name = context.pathParam("name");
    Optional<Watched> pipeline = watched.stream().filter(w -> w.name().equals(name)).findFirst();
    if (pipeline.isEmpty()) {
      Json.answer(
          context, new Answer(NOT_FOUND, "MR-PIPELINE", "there is no pipeline of that name"));
      return;
    }
    context.future(() ->
        begun(() -> work.apply(context, pipeline.get()))
            .copy()
            .completeOnTimeout(Answer.accepted(), patience.toMillis(), TimeUnit.MILLISECONDS)
            .exceptionally(Answer::of)
            .thenAccept(answer -> {
              if (answer instanceof Answer told) {
                Json.answer(context, told);
              } else {
                Json.answer(context, answer);
              }
            }));
  }

  private static CompletableFuture<Object> begun(Supplier<CompletableFuture<Object>> work) {
    try {
      return work.get();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
