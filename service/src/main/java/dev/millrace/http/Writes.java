package dev.millrace.http;

import dev.millrace.engine.CopyRequest;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/** The paths that change something. An answer that waits holds no thread. */
final class Writes {
  private static final int NOT_FOUND = 404;
  private static final String COLLECTIONS = "collections";

  private final List<Watched> watched;
  private final Control control;
  private final WriteGuard guard;

  Writes(List<Watched> watched, Control control) {
    this.watched = watched;
    this.control = control;
    this.guard = new WriteGuard(control.token());
  }

  void addTo(RoutesConfig routes) {
    routes.before(context ->
        guard
            .refusal(context)
            .ifPresent(refusal -> {
              Json.answer(context, refusal);
              context.skipRemainingHandlers();
            }));
    String one = "/api/pipelines/{name}/";
    routes.post(one + COLLECTIONS, c -> ask(c, Writes::addOrRemove));
    routes.post(one + "snapshot", c -> ask(c, some(CopyRequest.Again::new)));
    routes.post(one + "pause", c -> ask(c, some(CopyRequest.Pause::new)));
    routes.post(one + "resume", c -> ask(c, some(CopyRequest.Resume::new)));
    routes.post(one + "renew", c -> ask(c, Writes::renew));
    routes.post(
        one + "reload", c -> onPipeline(c, w -> control.reload().reload(Optional.of(w.name()))));
    routes.post("/api/reload", c -> answer(c, () -> control.reload().reload(Optional.empty())));
  }

  private static CopyRequest addOrRemove(Context context, Watched pipeline) {
    RequestBody body = body(context, pipeline, Set.of("add", "remove"));
    if (body.has("add") == body.has("remove")) {
      throw RequestBody.fault("expected one of add and remove");
    }
    CopyRequest request =
        body.has("add")
            ? new CopyRequest.Add(body.names("add", true))
            : new CopyRequest.Remove(body.names("remove", false));
    if (request.names().isEmpty()) {
      throw RequestBody.fault("expected at least one name");
    }
    return request;
  }

  private static CopyRequest renew(Context context, Watched pipeline) {
    RequestBody body = body(context, pipeline, Set.of("collection", "ids"));
    return new CopyRequest.Renew(body.namespace("collection"), body.ids("ids"));
  }

  /** Of the collections named, or where none is, of all. */
  private static BiFunction<Context, Watched, CopyRequest> some(
      Function<List<String>, CopyRequest> request) {
    return (context, pipeline) ->
        request.apply(body(context, pipeline, Set.of(COLLECTIONS)).names(COLLECTIONS, false));
  }

  private static RequestBody body(Context context, Watched pipeline, Set<String> keys) {
    boolean deployment = pipeline.config().source().database().isEmpty();
    return new RequestBody(context.body(), keys, deployment);
  }

  private void ask(Context context, BiFunction<Context, Watched, CopyRequest> request) {
    onPipeline(
        context,
        pipeline ->
            pipeline.request(request.apply(context, pipeline)).thenApply(v -> "done, and stored"));
  }

  private void onPipeline(Context context, Function<Watched, CompletableFuture<String>> work) {
    String name = context.pathParam("name");
    Optional<Watched> pipeline = watched.stream().filter(w -> w.name().equals(name)).findFirst();
    if (pipeline.isEmpty()) {
      Json.answer(
          context, new Answer(NOT_FOUND, "MR-PIPELINE", "there is no pipeline of that name"));
      return;
    }
    answer(context, () -> work.apply(pipeline.get()));
  }

  private void answer(Context context, Supplier<CompletableFuture<String>> work) {
    context.future(() ->
        begun(work)
            .thenApply(Answer::done)
            // Of a copy: what was asked goes on, whoever still waits for it.
            .copy()
            .completeOnTimeout(
                Answer.accepted(), control.patience().toMillis(), TimeUnit.MILLISECONDS)
            .exceptionally(Answer::of)
            .thenAccept(answer -> Json.answer(context, answer)));
  }

  private static CompletableFuture<String> begun(Supplier<CompletableFuture<String>> work) {
    try {
      return work.get();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
