package dev.millrace.sink.crate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.config.SinkConfig;
import dev.millrace.config.SinkConfig.CrateObjects;
import dev.millrace.config.SinkConfig.OnMisfit;
import dev.millrace.json.JsonMode;
import dev.millrace.lab.ByValue;
import dev.millrace.model.Change;
import dev.millrace.model.CopyState;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.sink.Sink;
import dev.millrace.table.TableName;
import dev.millrace.testing.SinkFixture;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bson.BsonDocument;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/** What cases that are CrateDB's own need. */
@NeedsCrate
@Timeout(120)
abstract class CrateFixture extends SinkFixture {
  protected final LiveCrate crate = new LiveCrate();
  private final List<Sink> others = new ArrayList<>();

  @AfterEach
  void dropAll() {
    // The sinks may be at work.
    closeAll();
    others.forEach(Sink::close);
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
  protected void loseAll() {
    crate.dropAll();
  }

  @Override
  protected Map<String, BsonDocument> documents(Namespace namespace) {
    return crate.documents(namespace);
  }

  @Override
  protected BsonDocument asHeld(BsonDocument document) {
    return ByValue.of(super.asHeld(document));
  }

  /** A fenced sink with these settings, the others as usual. */
  protected final Sink started(CrateObjects objects, OnMisfit onMisfit) {
    SinkConfig.Crate usual = crate.config();
    return fenced(
        new SinkConfig.Crate(
            usual.nodes(), usual.login(), usual.schema(), usual.tables(), objects, onMisfit));
  }

  /** A fenced sink with these settings, the others as usual. */
  protected final Sink started(boolean keepOnDrop, boolean softDeletes) {
    return fenced(
        crate.config(
            new SinkConfig.Tables(
                JsonMode.RELAXED, TableName.OF_COLLECTION, keepOnDrop, softDeletes)));
  }

  /** Closes it after the test. */
  protected final void closing(Sink sink) {
    others.add(sink);
  }

  private Sink fenced(SinkConfig.Crate config) {
    Sink sink = CrateSink.open(config, "orders");
    closing(sink);
    sink.fence(FIRST, Optional.empty());
    return sink;
  }

  protected final void deliver(Sink sink, Change... changes) {
    deliverCopy(sink, CopyState.NEW, changes);
  }

  /** Relaxed Extended JSON as a document. */
  protected static BsonDocument json(String json) {
    return BsonDocument.parse(json);
  }

  protected final String table(Namespace namespace) {
    return crate.quoted(crate.tableOf(namespace).orElseThrow());
  }

  protected static void assertFails(String code, ThrowingCallable action) {
    assertThatThrownBy(action)
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.failure().code()).isEqualTo(code));
  }
}
