package dev.millrace.bench;

import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.DeliverPolicy;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Notes when messages arrive at a consumer of the stream, which is after they are stored: an upper
 * bound of when they were acknowledged.
 */
final class Arrivals implements AutoCloseable {
  private final Broker broker;
  private final LinkedBlockingQueue<Long> nanos = new LinkedBlockingQueue<>();

  private Arrivals(Broker broker) {
    this.broker = broker;
  }

  /** Of messages that come from now on; the stream must be there. */
  static Arrivals watch(String url, String stream) throws Exception {
    Arrivals arrivals = new Arrivals(Broker.connect(url));
    Dispatcher dispatcher = arrivals.broker.connection().createDispatcher();
    PushSubscribeOptions options =
        PushSubscribeOptions.builder().stream(stream)
            .configuration(
                ConsumerConfiguration.builder()
                    .deliverPolicy(DeliverPolicy.New)
                    .ackPolicy(AckPolicy.None)
                    .build())
            .build();
    arrivals
        .broker
        .jetStream()
        .subscribe(stream + ".>", dispatcher, arrivals::note, false, options);
    return arrivals;
  }

  private void note(Message message) {
    // What the sink stores for itself is no change.
    if (message.isJetStream() && !message.getSubject().contains(".$")) {
      nanos.add(System.nanoTime());
    }
  }

  /** When the next one came, by {@link System#nanoTime}. */
  long next() throws InterruptedException {
    Long arrived = nanos.poll(60, TimeUnit.SECONDS);
    if (arrived == null) {
      throw new IllegalStateException("a change did not arrive within a minute");
    }
    return arrived;
  }

  void forget() {
    nanos.clear();
  }

  @Override
  public void close() {
    broker.close();
  }
}
