package dev.millrace.cli;

import dev.millrace.config.Secret;
import dev.millrace.http.RunningInstance;
import dev.millrace.http.RunningInstance.Told;
import dev.millrace.model.Namespace;
import dev.millrace.verify.Differing;
import dev.millrace.verify.RowId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bson.BsonDocument;
import org.bson.json.JsonMode;
import org.bson.json.JsonWriterSettings;

/** Has the running instance bring rows up to date, through its pipeline. */
final class Renewal {
  private static final int ACCEPTED = 202;
  private static final int MOST_IDS = 500;

  /** Well below what the instance takes in one request. */
  private static final int MOST_CHARACTERS = 256 << 10;

  private static final JsonWriterSettings CANONICAL =
      JsonWriterSettings.builder().outputMode(JsonMode.EXTENDED).build();

  private final RunningInstance instance;
  private final Optional<Secret> token;
  private final String path;

  Renewal(RunningInstance instance, Optional<Secret> token, String pipeline) {
    this.instance = instance;
    this.token = token;
    this.path = Asking.path(pipeline, "renew");
  }

  /** One request's. */
  private record Batch(Namespace namespace, List<String> ids) {}

  /**
   * Asks for all of them.
   *
   * @return whether it is done; false where it takes longer than the instance waits
   * @throws Refusal where the instance refuses, or none answers
   */
  boolean ask(Map<RowId, Differing> rows) {
    boolean done = true;
    for (Batch batch : batches(rows)) {
      Told told =
          instance
              .ask(
                  path,
                  Map.of("collection", batch.namespace().toString(), "ids", batch.ids()),
                  token)
              .orElseThrow(() -> Asking.noInstance(instance));
      if (told.isRefusal()) {
        throw new Refusal(ExitCode.ofHttp(told.status()), told.code(), told.message());
      }
      done &= told.status() != ACCEPTED;
    }
    return done;
  }

  private static List<Batch> batches(Map<RowId, Differing> rows) {
    List<Batch> batches = new ArrayList<>();
    int characters = 0;
    for (Map.Entry<RowId, Differing> row : rows.entrySet()) {
      Namespace namespace = row.getKey().namespace();
      String id = new BsonDocument("_id", row.getValue().id()).toJson(CANONICAL);
      if (batches.isEmpty()
          || !batches.getLast().namespace().equals(namespace)
          || batches.getLast().ids().size() >= MOST_IDS
          || characters + id.length() > MOST_CHARACTERS) {
        batches.add(new Batch(namespace, new ArrayList<>()));
        characters = 0;
      }
      batches.getLast().ids().add(id);
      characters += id.length();
    }
    return batches;
  }
}
