package dev.millrace.sink.jetstream;

import dev.millrace.config.Secret;
import dev.millrace.config.SinkConfig;
import dev.millrace.json.JsonMode;
import dev.millrace.lab.Lab;
import dev.millrace.lab.NatsServer;
import dev.millrace.sink.Sink;
import dev.millrace.testing.NeedsServers;
import dev.millrace.testing.SinkContractTest;
import io.nats.client.api.MessageInfo;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bson.BsonDocument;

/** What every sink keeps to, by JetStream with atomic batches. */
@NeedsServers
class JetStreamSinkTest extends SinkContractTest {
  private final String stream = Lab.freshName("contract");

  /** The server that it runs on. */
  NatsServer server() {
    return Lab.nats();
  }

  @Override
  protected Sink openSink() {
    return JetStreamSink.open(
        new SinkConfig.JetStream(
            List.of(new Secret(server().url())),
            stream,
            new SinkConfig.NatsLogin.None(),
            Optional.empty(),
            true,
            JsonMode.RELAXED,
            1,
            // What is refused is to be seen; dead letters have cases of their own.
            SinkConfig.Misfits.STOP),
        "test");
  }

  @Override
  protected Kind kind() {
    return Kind.LOG;
  }

  @Override
  protected Set<Trait> lacks() {
    return Set.of(Trait.FENCES_AT_ONCE, Trait.GUARDS_VERSIONS, Trait.KEEPS_MISFITS);
  }

  @Override
  protected void loseAll() throws Exception {
    try (StreamReader reader = new StreamReader(server(), stream)) {
      reader.manage().deleteStream(stream);
    }
  }

  @Override
  protected void whileStalled(ThrowingCallable body) throws Throwable {
    server().pause();
    try {
      body.call();
    } finally {
      server().resume();
    }
  }

  @Override
  protected List<BsonDocument> events() {
    List<BsonDocument> events = new ArrayList<>();
    try (StreamReader reader = new StreamReader(server(), stream)) {
      for (MessageInfo message : reader.messages()) {
        events.add(BsonDocument.parse(new String(message.getData(), StandardCharsets.UTF_8)));
      }
    } catch (Exception e) {
      throw new IllegalStateException("cannot read the stream back", e);
    }
    return events;
  }
}
