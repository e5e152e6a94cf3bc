package dev.millrace.wiring;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.ReadPreference;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import dev.millrace.config.Secret;
import dev.millrace.http.Probe;
import java.util.concurrent.TimeUnit;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.jspecify.annotations.Nullable;

/** Pings a deployment's primary: without one nothing can be followed or saved. */
final class MongoProbe implements Probe {
  private final Secret uri;
  private @Nullable MongoClient client;

  MongoProbe(Secret uri) {
    this.uri = uri;
  }

  @Override
  public synchronized boolean answers() {
    try {
      if (client == null) {
        client =
            MongoClients.create(
                MongoClientSettings.builder()
                    .applyConnectionString(new ConnectionString(uri.reveal()))
                    .applicationName("millrace-health")
                    .applyToConnectionPoolSettings(p -> p.minSize(0).maxSize(1))
                    .applyToServerSettings(s -> s.heartbeatFrequency(1, TimeUnit.SECONDS))
                    .timeout(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
                    .build());
      }
      client
          .getDatabase("admin")
          .runCommand(new BsonDocument("ping", new BsonInt32(1)), ReadPreference.primary());
      return true;
    } catch (RuntimeException e) {
      // Not answering is the answer; why it does not, the pipeline's own state says.
      return false;
    }
  }

  @Override
  public synchronized void close() {
    if (client != null) {
      client.close();
      client = null;
    }
  }
}
