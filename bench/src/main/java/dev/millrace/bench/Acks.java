package dev.millrace.bench;

import io.nats.client.api.PublishAck;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Publishes under way, at most {@value #MOST}, their acknowledgements checked in order. */
final class Acks {
  static final int MOST = 1_000;

  private final ArrayDeque<CompletableFuture<PublishAck>> underWay = new ArrayDeque<>(MOST);

  /** Waits for the oldest when there are too many. */
  void add(CompletableFuture<PublishAck> ack) throws ExecutionException, InterruptedException {
    underWay.addLast(ack);
    if (underWay.size() >= MOST) {
      check();
    }
  }

  void awaitAll() throws ExecutionException, InterruptedException {
    while (!underWay.isEmpty()) {
      check();
    }
  }

  private void check() throws ExecutionException, InterruptedException {
    if (underWay.removeFirst().get().isDuplicate()) {
      throw new IllegalStateException("the server took a message for a duplicate");
    }
  }
}
