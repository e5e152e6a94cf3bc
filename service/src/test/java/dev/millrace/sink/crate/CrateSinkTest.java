package dev.millrace.sink.crate;

import dev.millrace.lab.ByValue;
import dev.millrace.model.CommitPoint;
import dev.millrace.model.Namespace;
import dev.millrace.sink.Sink;
import dev.millrace.testing.SinkContractTest;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bson.BsonDocument;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

@NeedsCrate
@Timeout(120)
class CrateSinkTest extends SinkContractTest {
  private final LiveCrate crate = new LiveCrate();

  @AfterEach
  void dropAll() {
    // The sinks may be at work.
    closeAll();
    crate.close();
  }

  @Override
  protected Sink openSink() {
    return CrateSink.open(crate.config(), "orders");
  }

  @Override
  protected Kind kind() {
    return Kind.TABLES;
  }

  @Override
  protected Set<Trait> lacks() {
    return Set.of(Trait.TAKES_PATCHES, Trait.KEEPS_POSITION, Trait.KEEPS_MISFITS);
  }

  @Override
  protected void loseAll() {
    crate.dropAll();
  }

  @Override
  protected void whileStalled(ThrowingCallable body) throws Throwable {
    crate.proxy().stall();
    try {
      body.call();
    } finally {
      crate.proxy().heal();
    }
  }

  @Override
  protected Map<String, BsonDocument> documents(Namespace namespace) {
    return crate.documents(namespace);
  }

  @Override
  protected BsonDocument asHeld(BsonDocument document) {
    return ByValue.of(super.asHeld(document));
  }

  @Override
  protected Optional<CommitPoint> committed() {
    return crate.committed("orders");
  }
}
