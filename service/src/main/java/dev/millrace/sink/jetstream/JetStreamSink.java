package dev.millrace.sink.jetstream;

import dev.millrace.config.SinkConfig;
import dev.millrace.config.SinkConfig.Misfits;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Term;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers each change as one message of a JetStream stream. The stream is its own checkpoint: the
 * last message of a parcel carries the state, and every write expects the sequence that the stream
 * ended with, so a second writer is refused by the server itself.
 *
 * <p>Where the server knows atomic batches (2.12.1) a parcel is one, so that messages and state are
 * stored together or not at all: exactly once, in order. On older servers the messages form a chain
 * of expected sequences; a parcel may then be cut, and goes on after the last message stored.
 *
 * <p>The connection is never mended. Any doubt is a failure, and whoever starts again asks the
 * stream.
 */
public final class JetStreamSink implements Sink {
  private static final Logger LOG = LoggerFactory.getLogger(JetStreamSink.class);

  private final SinkConfig.JetStream config;
  private final NatsSession session;
  private final StreamAdmin admin;
  private final Subjects subjects;
  private final OpenLetters letters;
  private @Nullable Writing writing;

  /** What is there once the stream's end is known. */
  private record Writing(
      StreamEnd end, StateWriter states, Publisher publisher, MessageMaker maker) {}

  private JetStreamSink(SinkConfig.JetStream config, NatsSession session) {
    this.config = config;
    this.session = session;
    this.admin = new StreamAdmin(session, config.stream());
    this.subjects = new Subjects(config.stream(), config.databaseInSubject());
    this.letters = new OpenLetters(new LetterStore(admin, subjects));
  }

  /**
   * Connects. The stream is looked at, and made if need be, by {@link #fence}.
   *
   * @param pipeline its name, which the server's list of connections shows
   * @throws MillraceException {@code Transient} when no server answers, {@code Fatal} when none
   *     lets us in
   */
  public static JetStreamSink open(SinkConfig.JetStream config, String pipeline) {
    return new JetStreamSink(config, NatsSession.open(config, "millrace " + pipeline));
  }

  /**
   * The stream's dead letters; nothing is made.
   *
   * @throws MillraceException as {@link #open}
   */
  public static DeadLetterBox letters(SinkConfig.JetStream config, String pipeline) {
    return new JetStreamDeadLetterBox(config, pipeline);
  }

  @Override
  public Optional<Checkpoint> fence(Term term, Optional<Checkpoint> stored) {
    StreamView stream = admin.prepare(config.replicas());
    // What is written from now on makes the first parcel's expectation false.
    StreamMark mark = stream.mark();
    Optional<Tail> tail = new TailReader(admin).read(mark);
    Optional<Checkpoint> start = new Resumption(mark, stored).decide(term, tail);
    CopyState copy =
        tail.flatMap(Tail::state).map(it -> it.checkpoint().copy()).orElse(CopyState.NONE);
    letters.load();
    boolean atomic = session.isAtLeast(StreamAdmin.ATOMIC_SINCE) && stream.isAtomic();
    writing = writing(new StreamEnd(mark, term, maxMessage(stream), HeldCopy.found(copy)), atomic);
    LOG.info(
        "stream {} at {} (nats-server {}): {}, last message {}",
        config.stream(),
        session.where(),
        session.version(),
        atomic ? "atomic batches" : "chained messages",
        mark.sequence());
    return start;
  }

  private Writing writing(StreamEnd end, boolean atomic) {
    MessageIds ids = new MessageIds();
    StateWriter states = new StateWriter(end, subjects, ids, session.where());
    ChainPublisher chain = new ChainPublisher(session, admin, end, states);
    Publisher publisher = atomic ? new AtomicPublisher(session, end, chain) : chain;
    MessageMaker maker =
        new MessageMaker(
            end,
            subjects,
            ids,
            config.json(),
            publisher.identifiesRows(),
            config.misfits() == Misfits.DEAD_LETTER,
            session.replySubjectLength());
    return new Writing(end, states, publisher, maker);
  }

  private long maxMessage(StreamView stream) {
    long byServer = session.maxPayload();
    long byStream = stream.maxMessage();
    return byStream > 0 ? Math.min(byServer, byStream) : byServer;
  }

  @Override
  public boolean keepsCheckpoint() {
    return true;
  }

  @Override
  public long deadLetters() {
    return letters.count();
  }

  @Override
  public Parcel newParcel() {
    Writing ready = writing;
    if (ready == null) {
      throw new IllegalStateException("fence comes first");
    }
    return new JetStreamParcel(
        ready.publisher(),
        ready.states(),
        ready.end(),
        ready.maker(),
        subjects,
        letters.new Notes());
  }

  @Override
  public void close() {
    session.close();
  }
}
