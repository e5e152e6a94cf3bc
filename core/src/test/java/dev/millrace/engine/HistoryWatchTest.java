package dev.millrace.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.millrace.model.Namespace;
import dev.millrace.source.CopySource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Whether somebody hears of it before the source's history ends. */
class HistoryWatchTest {
  /** The second that {@link Fakes#position} is of. */
  private static final int DELIVERED = 1_700_000_000;

  private final AtomicLong nanos = new AtomicLong();
  private final PipelineMetrics metrics = new PipelineMetrics();
  private final History history = new History();
  private final HistoryWatch watch = new HistoryWatch("test", () -> history, metrics, nanos::get);
  private final Logger logger = (Logger) LoggerFactory.getLogger(HistoryWatch.class);
  private final ListAppender<ILoggingEvent> said = new ListAppender<>();

  @BeforeEach
  void listens() {
    said.start();
    logger.addAppender(said);
    // Whoever ran before may have silenced all of it.
    logger.setLevel(Level.WARN);
    metrics.delivered(Fakes.position(1));
    lagsBy(500);
  }

  @AfterEach
  void listensNoLonger() {
    logger.detachAppender(said);
    logger.setLevel(null);
  }

  private void lagsBy(int seconds) {
    metrics.read(0, new BsonTimestamp(DELIVERED + seconds, 1));
  }

  /** Ten seconds later the history reaches back so far behind what is delivered. */
  private void looks(int secondsBack) {
    history.oldest = DELIVERED - (long) secondsBack;
    nanos.addAndGet(TimeUnit.SECONDS.toNanos(10));
    watch.step();
  }

  private List<String> warnings() {
    return said.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  @Test
  void warnsWithTheMinutesThatAreLeft() {
    looks(3_100);
    assertThat(warnings()).isEmpty();
    looks(3_000);
    assertThat(metrics.historyLeftSeconds()).isEqualTo(300);
    assertThat(warnings())
        .singleElement()
        .asString()
        .startsWith("MR-HISTORY-SHORT: pipeline test is 500 s behind")
        .contains("in about 5 min");
  }

  @Test
  void saysSoOnceAMinuteAtMost() {
    for (int back = 3_100; back >= 2_500; back -= 100) {
      looks(back);
    }
    assertThat(warnings()).hasSize(1);
    looks(2_400);
    assertThat(warnings()).hasSize(2);
  }

  @Test
  void saysNothingWhileMoreThanAnHourIsLeft() {
    looks(3_100);
    looks(3_099);
    assertThat(metrics.historyLeftSeconds()).isEqualTo(30_990);
    assertThat(warnings()).isEmpty();
  }

  @Test
  void saysNothingWhereNothingWaits() {
    metrics.applied(Fakes.position(1));
    looks(3_100);
    looks(3_000);
    assertThat(metrics.historyLeftSeconds()).isEqualTo(300);
    assertThat(warnings()).isEmpty();
  }

  /** A source of which only the history is asked. */
  private static final class History implements CopySource {
    private static final String ONLY_HISTORY = "the watch reads nothing but the history";
    private long oldest;

    @Override
    public Optional<Long> oldest() {
      return Optional.of(oldest << 32);
    }

    @Override
    public long now() {
      throw new UnsupportedOperationException(ONLY_HISTORY);
    }

    @Override
    public boolean follows(Namespace namespace) {
      throw new UnsupportedOperationException(ONLY_HISTORY);
    }

    @Override
    public Listing list(long after) {
      throw new UnsupportedOperationException(ONLY_HISTORY);
    }

    @Override
    public List<BsonValue> cuts(Namespace namespace, Span span, int parts) {
      throw new UnsupportedOperationException(ONLY_HISTORY);
    }

    @Override
    public Outcome read(Chunk chunk) {
      throw new UnsupportedOperationException(ONLY_HISTORY);
    }

    @Override
    public Outcome find(Wanted wanted) {
      throw new UnsupportedOperationException(ONLY_HISTORY);
    }

    @Override
    public void close() {}
  }
}
