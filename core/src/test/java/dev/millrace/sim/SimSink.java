package dev.millrace.sim;

import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Term;
import dev.millrace.sim.SimSinkServer.Request;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** One connection to the simulated sink, with everything that can go wrong with one. */
final class SimSink implements Sink {
  static final long ITEM_BYTES = 20;

  /** A log's unit holds so many, be it full before that. */
  private static final int MOST_IN_LOG = 12;

  private final World world;
  private final SimSinkServer server;
  private final Instance instance;
  private final Emissions emissions;

  /** Sent, and told to be durable before it is: only where that is the fault to be found. */
  private final Deque<Request> unacknowledged = new ArrayDeque<>();

  private long expected;
  private boolean closed;

  SimSink(World world, Instance instance) {
    this.world = world;
    this.server = world.sink;
    this.instance = instance;
    this.emissions = new Emissions(world, instance);
  }

  @Override
  public Optional<Checkpoint> fence(Term term, Optional<Checkpoint> stored) {
    world.baton.pause("fence");
    world.chaos.maybeFail("fence", null);
    Optional<Checkpoint> holds = server.fence(term, stored);
    expected = world.kind.fence == SinkKind.Fence.SEQUENCE ? mark(holds) : 0;
    world.trace.say(() ->
        world.who()
            + " has the fence in term "
            + term
            + ", goes on from "
            + holds.map(it -> Trace.of(it.position())).orElse("the beginning"));
    instance.startFrom(holds.orElse(null));
    world.baton.pause("fenced");
    return holds;
  }

  private long mark(Optional<Checkpoint> holds) {
    return holds.map(it -> Long.parseLong(it.mark())).orElse(server.sequence());
  }

  @Override
  public boolean keepsCheckpoint() {
    return world.kind.keepsCheckpoint;
  }

  @Override
  public Parcel newParcel() {
    return new SimParcel();
  }

  @Override
  public void close() {
    closed = true;
  }

  private final class SimParcel implements Parcel {
    private final List<Item> items = new ArrayList<>();

    @Override
    public void add(Change change) {
      Item item = Item.of(change, world.mongo);
      emissions.check(item);
      items.add(item);
    }

    @Override
    public int changes() {
      return items.size();
    }

    @Override
    public long bytes() {
      return ITEM_BYTES * items.size();
    }

    @Override
    public boolean isFull() {
      return items.size() >= world.parcelItems;
    }

    @Override
    public int room() {
      if (world.mutant.endsParcelsAnywhere()) {
        return isFull() ? 0 : Integer.MAX_VALUE;
      }
      return world.kind.isLog() ? MOST_IN_LOG - items.size() : Integer.MAX_VALUE;
    }

    @Override
    public Delivery send(Checkpoint through) {
      world.baton.pause("send");
      check();
      world.trace.say(() ->
          world.who()
              + " sends "
              + items.size()
              + " through "
              + Trace.of(through.position())
              + " "
              + Auditor.describe(through.copy()));
      world.witness.sends(instance, items);
      Request request = new Request(List.copyOf(items), through, expected, world.who());
      world.baton.pause("sent");
      return () -> await(request);
    }
  }

  private void check() {
    if (closed) {
      throw Failure.transientFailure("MR-SINK", "the connection was closed", null);
    }
  }

  private Checkpoint await(Request request) {
    world.baton.pause("await");
    if (world.mutant.acknowledgesEarly()) {
      return early(request);
    }
    Chaos.SinkFault fault = world.chaos.sinkFault();
    switch (fault) {
      case REFUSED -> throw failed("refused");
      case TIMED_OUT -> {
        if (world.kind.outlivesItsWriter()) {
          server.leaveOnTheWay(request);
        }
        throw failed("timed out");
      }
      case CUT -> {
        boolean whole = world.kind.isAtomic();
        int most = whole ? 0 : world.random.nextInt(request.items().size() + 1);
        if (!whole) {
          apply(request, most);
        }
        throw failed("cut after " + most);
      }
      case LOST_ACK, NONE -> apply(request, request.items().size());
    }
    world.baton.pause("acknowledging");
    if (fault == Chaos.SinkFault.LOST_ACK) {
      throw failed("acknowledgement lost");
    }
    check();
    return acknowledged(request);
  }

  private void apply(Request request, int most) {
    // What a closed connection did not bring to its end is undone.
    if (world.kind.fence == SinkKind.Fence.TERM) {
      check();
    }
    try {
      server.apply(request, most);
    } catch (MillraceException e) {
      world.trace.say(() -> world.who() + " is refused: " + e.getMessage());
      throw e;
    }
  }

  private Checkpoint acknowledged(Request request) {
    world.trace.say(() -> world.who() + " has the acknowledgement");
    if (world.kind.fence == SinkKind.Fence.SEQUENCE) {
      expected = request.expected() + Math.max(1, request.items().size());
      return request.through().marked(Long.toString(expected));
    }
    return request.through();
  }

  private Checkpoint early(Request request) {
    unacknowledged.add(request);
    if (unacknowledged.size() > 2) {
      Request first = unacknowledged.remove();
      apply(first, first.items().size());
    }
    world.baton.pause("acknowledging");
    return acknowledged(request);
  }

  private MillraceException failed(String what) {
    world.trace.say(() -> world.who() + " fault of the sink: " + what);
    return Failure.transientFailure("MR-SINK", what, null);
  }

  @Override
  public String toString() {
    return "sink of " + instance;
  }
}
