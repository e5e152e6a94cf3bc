package dev.millrace.source.mongo;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.ReadPreference;
import com.mongodb.client.MongoClient;
import org.junit.jupiter.api.Test;

class MongoClientsTest {
  @Test
  void readsFromThePrimaryWhateverTheUriPrefers() {
    try (MongoClient client =
        MongoClients.connect("mongodb://localhost:1/?readPreference=secondary")) {
      assertThat(client.getDatabase("shop").getReadPreference())
          .isEqualTo(ReadPreference.primary());
    }
  }
}
