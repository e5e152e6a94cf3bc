package dev.millrace.sink.jetstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.config.Secret;
import dev.millrace.config.SinkConfig;
import dev.millrace.json.JsonMode;
import dev.millrace.lab.Lab;
import dev.millrace.lab.NatsServer;
import dev.millrace.lab.NatsServerBuilder;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Term;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What cases with a server need. */
abstract class JetStreamFixture {
  static final Term FIRST = new Term(1);
  static final Term SECOND = new Term(2);

  private final List<AutoCloseable> opened = new ArrayList<>();
  String stream = "";

  private final NatsKind kind;

  JetStreamFixture(NatsKind kind) {
    this.kind = kind;
  }

  /** The server that all cases share. */
  NatsServer server() {
    return kind.shared();
  }

  /** For a server of the same version that a case may kill. */
  NatsServerBuilder builder() {
    return kind.builder();
  }

  NatsServer ownServer() {
    return builder().start();
  }

  NatsKind kind() {
    return kind;
  }

  @BeforeEach
  void nameTheStream() {
    kind.assumeThere();
    stream = Lab.freshName("js");
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable it : opened.reversed()) {
      it.close();
    }
  }

  <T extends AutoCloseable> T keep(T it) {
    opened.add(it);
    return it;
  }

  /** It stops at what no message can hold. */
  SinkConfig.JetStream config(NatsServer at) {
    return config(at, SinkConfig.Misfits.STOP);
  }

  SinkConfig.JetStream config(NatsServer at, SinkConfig.Misfits misfits) {
    return new SinkConfig.JetStream(
        List.of(new Secret(at.url())),
        stream,
        new SinkConfig.NatsLogin.None(),
        Optional.empty(),
        false,
        JsonMode.RELAXED,
        1,
        misfits);
  }

  JetStreamSink sink(NatsServer at) {
    return keep(JetStreamSink.open(config(at), "test"));
  }

  JetStreamSink sink() {
    return sink(server());
  }

  StreamReader reader() throws Exception {
    return keep(new StreamReader(server(), stream));
  }

  static Failure failure(ThrowingCallable call) {
    MillraceException thrown = catchThrowableOfType(MillraceException.class, call);
    assertThat(thrown).isNotNull();
    return thrown.failure();
  }

  static Checkpoint deliver(JetStreamSink sink, Checkpoint before, Change.Streamed... changes) {
    return send(sink, before, List.of(changes)).await();
  }

  static Delivery send(JetStreamSink sink, Checkpoint before, List<Change.Streamed> changes) {
    Parcel parcel = sink.newParcel();
    changes.forEach(parcel::add);
    return parcel.send(before.at(changes.getLast().event().position()));
  }

  static List<Change.Streamed> inserts(int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj(Samples::insert).toList();
  }
}
