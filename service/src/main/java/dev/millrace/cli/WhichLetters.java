package dev.millrace.cli;

import dev.millrace.config.PipelineConfig;
import dev.millrace.letters.Which;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What commands on dead letters take to say which. */
final class WhichLetters {
  @Option(
      names = "--collection",
      paramLabel = "NAME",
      description = "Those of this collection; in a deployment database.collection.")
  @Nullable String collection;

  @Option(
      names = "--id",
      paramLabel = "ID",
      description = "That of this document, as `deadletters list` spells its id.")
  @Nullable String id;

  boolean isAny() {
    return collection != null || id != null;
  }

  Which of(PipelineConfig pipeline) {
    return Which.of(
            pipeline.source().database(), Optional.ofNullable(collection), Optional.ofNullable(id))
        .orElseThrow(() ->
            Refusal.usage(
                "--collection: found %s; expected a name as database.collection"
                    .formatted(collection)));
  }

  /** The same for a request. */
  Map<String, Object> body() {
    Map<String, Object> body = new LinkedHashMap<>();
    if (collection != null) {
      body.put("collection", collection);
    }
    if (id != null) {
      body.put("id", id);
    }
    if (!isAny()) {
      body.put("all", true);
    }
    return body;
  }

  /** For those that change something: all of them are meant only where that is said. */
  void demand(boolean all) {
    if (all == isAny()) {
      throw Refusal.usage(
          all
              ? "--all, or --collection and --id: not both"
              : "which dead letters are meant? --collection, --id, or --all");
    }
  }

  /** There is nothing of what was named. */
  Refusal none(PipelineConfig pipeline) {
    StringBuilder which = new StringBuilder();
    if (id != null) {
      which.append(" of ").append(id);
    }
    if (collection != null) {
      which.append(" in ").append(collection);
    }
    return new Refusal(
        ExitCode.FAILED,
        "MR-LETTER-UNKNOWN",
        "pipeline %s has no dead letter%s: `millrace deadletters list` has what there is"
            .formatted(pipeline.name(), which));
  }
}
