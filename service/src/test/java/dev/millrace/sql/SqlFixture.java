package dev.millrace.sql;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.config.SinkConfig;
import dev.millrace.json.JsonMode;
import dev.millrace.model.Change;
import dev.millrace.model.CommitPoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.sink.Sink;
import dev.millrace.table.TableName;
import dev.millrace.testing.SinkContractTest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bson.BsonDocument;

/** What every sink keeps to, by a database; what is particular to one of them, its place says. */
public abstract class SqlFixture extends SinkContractTest {
  protected abstract FreshDatabase place();

  protected final Reading reading() {
    return new Reading(place());
  }

  protected final Sink open(boolean keepOnDrop, boolean softDeletes) {
    return open(
        new SinkConfig.Tables(JsonMode.RELAXED, TableName.OF_COLLECTION, keepOnDrop, softDeletes));
  }

  protected final Sink open(SinkConfig.Tables tables) {
    return place().open(tables, "orders");
  }

  @Override
  protected Sink openSink() {
    return open(SinkConfig.Tables.USUAL);
  }

  @Override
  protected Kind kind() {
    return Kind.TABLES;
  }

  @Override
  protected Set<Trait> lacks() {
    return Set.of(Trait.TAKES_PATCHES);
  }

  @Override
  protected void loseAll() throws Exception {
    place().lose();
  }

  @Override
  protected void whileStalled(ThrowingCallable body) throws Throwable {
    place().whileStalled(body);
  }

  @Override
  protected Map<String, BsonDocument> documents(Namespace namespace) {
    return place().isThere() ? reading().documents(namespace) : Map.of();
  }

  @Override
  protected BsonDocument asHeld(BsonDocument document) {
    return place().asHeld(super.asHeld(document));
  }

  @Override
  protected Optional<CommitPoint> committed() {
    return reading().committed("orders");
  }

  protected final String table(Namespace namespace) {
    return reading().tableOf(namespace).orElse("");
  }

  /** Without those that are no collection's. */
  protected final List<String> tables() {
    return place().tables().stream().filter(name -> !name.startsWith("millrace_")).toList();
  }

  protected final List<String> lines(String sql) {
    return reading().lines(sql);
  }

  protected final List<List<String>> query(String sql) {
    return reading().query(sql);
  }

  protected final void execute(String sql) {
    reading().execute(sql);
  }

  protected final void deliver(Sink sink, Change... changes) {
    deliverCopy(sink, CopyState.NEW, changes);
  }

  /**
   * @param problem as {@link Dialect#code} takes it
   */
  protected final void assertFails(String problem, ThrowingCallable action) {
    String code = place().dialect().code(problem);
    assertThatThrownBy(action)
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> org.assertj.core.api.Assertions.assertThat(e.failure().code()).isEqualTo(code));
  }
}
