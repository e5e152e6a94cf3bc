package dev.millrace.source.mongo;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.ReadPreference;
import com.mongodb.client.MongoClient;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Makes the driver's clients for reading and for checkpoints; probes and demos make their own. They
 * read from the primary whatever the URI prefers: a secondary may be behind what the change stream
 * has told, and behind a position that was saved.
 */
public final class MongoClients {
  private MongoClients() {}

  /**
   * A client of its own for whoever asks; it connects when first used.
   *
   * @throws IllegalArgumentException where the URI cannot be read
   */
  public static MongoClient connect(String uri) {
    return connect(uri, Duration.ofSeconds(30));
  }

  /**
   * As {@link #connect(String)}, for commands that may take longer.
   *
   * @param silence how long the server may take over one answer, where the URI does not say
   */
  static MongoClient connect(String uri, Duration silence) {
    ConnectionString connection = new ConnectionString(uri);
    MongoClientSettings.Builder settings =
        MongoClientSettings.builder()
            .applyConnectionString(connection)
            .readPreference(ReadPreference.primary());
    if (connection.getApplicationName() == null) {
      settings.applicationName("millrace");
    }
    if (connection.getServerSelectionTimeout() == null) {
      settings.applyToClusterSettings(c -> c.serverSelectionTimeout(5, TimeUnit.SECONDS));
    }
    if (connection.getHeartbeatFrequency() == null) {
      settings.applyToServerSettings(s -> s.heartbeatFrequency(2, TimeUnit.SECONDS));
    }
    settings.applyToSocketSettings(s -> {
      if (connection.getConnectTimeout() == null) {
        s.connectTimeout(5, TimeUnit.SECONDS);
      }
      // A server that is stopped, not gone, answers nothing and closes nothing.
      if (connection.getSocketTimeout() == null) {
        s.readTimeout(silence.toSeconds(), TimeUnit.SECONDS);
      }
    });
    if (uri.matches("(?i).*[?&]tlsInsecure=true.*")) {
      // The driver takes it for host names alone.
      settings.applyToSslSettings(tls -> tls.context(AnyCertificate.context()));
    }
    return com.mongodb.client.MongoClients.create(settings.build());
  }
}
