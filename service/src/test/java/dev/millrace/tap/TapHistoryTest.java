package dev.millrace.tap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.copy.Oplog;
import dev.millrace.lab.Lab;
import dev.millrace.lab.MongoServers;
import dev.millrace.model.ClusterTime;
import dev.millrace.tap.TapStream.Method;
import java.util.Objects;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonTimestamp;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The oplog no longer reaches back to where a state stands. */
class TapHistoryTest extends TapFixture {
  private static @Nullable MongoServers servers;

  @BeforeAll
  static void startServer() {
    if (!Lab.serversSkipped()) {
      servers = Oplog.small();
    }
  }

  @AfterAll
  static void stopServer() {
    if (servers != null) {
      servers.close();
    }
  }

  @Override
  MongoServers mongo() {
    return Objects.requireNonNull(servers);
  }

  @Test
  void whatIsLostIsCopiedInFullAndTheOthersGoOn() {
    insert("a", "{_id: 0}", "{_id: 1}", "{_id: 2}");
    insert("b", "{_id: 0}");
    TapStream a = stream("a", Method.LOG_BASED);
    TapStream b = stream("b", Method.LOG_BASED);
    TargetTable target = new TargetTable();
    Told first = run(null, a);
    target.take(first, "a");
    collection("a").deleteOne(new BsonDocument("_id", new BsonInt32(1)));
    long seconds = first.bookmark(a).path("oplog_ts_time").asLong() + 1;
    Oplog.rollPast(mongo(), new BsonTimestamp((int) seconds, 1).getValue());
    // Of the two only one is behind.
    TapState state = new TapState(first.state());
    TapState fresh = new TapState(run(null, b).state());
    state.begin(b);
    state.version(b, 1);
    state.complete(b);
    state.place(b, fresh.place(b).orElseThrow());
    insert("b", "{_id: 1}");
    Told second = run(MAPPER.readTree(state.toString()), a, b);
    assertThat(second.ids("a")).containsExactly("0", "2");
    assertThat(second.ids("b")).containsExactly("1");
    // Rows stay until the copy is complete.
    assertThat(second.of("ACTIVATE_VERSION", "a").getFirst().path("version"))
        .isEqualTo(first.bookmark(a).path("version"));
    target.take(second, "a");
    assertThat(target.rows()).containsOnlyKeys("0", "2");
    assertThat(ClusterTime.seconds(new TapState(second.state()).place(a).orElseThrow().time()))
        .isGreaterThan(seconds);
  }
}
