package dev.millrace.sim;

import dev.millrace.checkpoint.CheckpointStore.Begun;
import dev.millrace.engine.EngineFault;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.Position;
import dev.millrace.source.CopySource.Chunk;
import dev.millrace.source.CopySource.Outcome;
import dev.millrace.source.CopySource.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * The faults that the simulator must find: each replaces one thing that the engine is given. {@link
 * #NONE} is how things are; every method here says so unless a mutant has it otherwise.
 */
enum Mutant {
  NONE("none"),
  NO_DIRTY_SET("no dirty set", EngineFault.NO_DIRTY_SET),
  DIRTY_FROM_THE_READ_ON("dirty noted from the read on", EngineFault.DIRTY_FROM_THE_READ_ON),
  RENEWALS_NEVER_GIVE_WAY(
      "what is told again never gives way", EngineFault.RENEWALS_NEVER_GIVE_WAY),
  NO_GENERATION_FENCE("no generation fence", EngineFault.NO_GENERATION_FENCE),
  COMMIT_WHILE_PENDING("commit while pending", EngineFault.COMMIT_WHILE_PENDING),
  CHUNK_ENDS_OUT_OF_ORDER("chunk end saved out of order", EngineFault.CHUNK_ENDS_OUT_OF_ORDER),
  COMMIT_BY_TIME("D5 by time", EngineFault.COMMIT_BY_TIME),

  SPLICE_WITHOUT_FRONTIER("splice without the frontier") {
    @Override
    Outcome read(Chunk chunk, Function<Chunk, Outcome> answer, World world) {
      Outcome outcome = answer.apply(chunk);
      return outcome instanceof Outcome.Rows rows ? withReadAt(rows, ClusterTime.NONE) : outcome;
    }
  },

  INCLUSIVE_FRONTIER("inclusive frontier") {
    @Override
    long frontierOfHighWater(long time) {
      return time + 1;
    }
  },

  NO_LOWER_BOUND("no lower bound on the read") {
    @Override
    Outcome read(Chunk chunk, Function<Chunk, Outcome> answer, World world) {
      long oldest = Math.min(chunk.at(), world.mongo.oldestSnapshot());
      long at = chunk.at() - world.random.nextLong(chunk.at() - oldest + 1);
      return answer.apply(
          new Chunk(
              chunk.namespace(), chunk.uuid(), chunk.span(), at, chunk.exact(), chunk.rows()));
    }
  },

  PROGRESS_BEFORE_ACKS("progress saved before acks") {
    @Override
    boolean acknowledgesEarly() {
      return true;
    }
  },

  START_SAVED_LATE("start position saved after the window opened") {
    @Override
    boolean losesStart(boolean first) {
      return first;
    }
  },

  COMMIT_INSIDE_TRANSACTION("commit inside a transaction") {
    @Override
    long frontierOfEvents(long last) {
      return last + 1;
    }
  },

  TYPE_BRACKETED_RANGES("type-bracketed ranges") {
    @Override
    Outcome read(Chunk chunk, Function<Chunk, Outcome> answer, World world) {
      Outcome outcome = answer.apply(chunk);
      return outcome instanceof Outcome.Rows rows
          ? bracketed(chunk, rows, world.mongo.keys)
          : outcome;
    }
  },

  LATE_ACK("late ack of an older term") {
    @Override
    boolean checksTerm() {
      return false;
    }
  },

  NO_UUID("chunk read without the collection's UUID") {
    @Override
    Outcome read(Chunk chunk, Function<Chunk, Outcome> answer, World world) {
      UUID named = world.mongo.current().uuid(chunk.namespace());
      if (named == null) {
        return new Outcome.Rows(List.of(), 0, null, true, chunk.at(), 0);
      }
      return answer.apply(
          new Chunk(
              chunk.namespace(), named, chunk.span(), chunk.at(), chunk.exact(), chunk.rows()));
    }
  },

  TIME_ONCE_PER_TERM("Z taken once per term") {
    @Override
    long now(Instance instance, SimMongo mongo) {
      Long remembered = instance.rememberedTime;
      if (remembered == null) {
        remembered = mongo.majorityWrite();
        instance.rememberedTime = remembered;
      }
      return remembered;
    }
  },

  FIRST_ANSWER_EMPTY("the first batch of aggregate taken for an empty one") {
    @Override
    long frontierOfFirstAnswer(Position at) {
      return Tokens.time(at) + (at.isHighWater() ? 0 : 1);
    }
  },

  NULL_LOOKUP_IGNORED("a null lookup ignored") {
    @Override
    boolean deliversNullLookups() {
      return false;
    }
  },

  POSITION_BEFORE_TERM("position read before the term") {
    @Override
    Begun begin(World world, SimStore store) {
      Optional<Checkpoint> before = store.checkpoint();
      world.baton.await(
          "between position and term", () -> false, world.random.nextLong(1_000_000_000L));
      return new Begun(store.raise().term(), before);
    }
  },

  HALF_TRANSACTIONS("a parcel ends inside a transaction") {
    @Override
    boolean endsParcelsAnywhere() {
      return true;
    }
  },

  STATE_AND_SEQUENCE_APART("state and sequence from two reads") {
    @Override
    long lastSequence(World world, SimSinkServer sink) {
      world.baton.await("between state and sequence", () -> false, 300_000_000L);
      return sink.sequence();
    }
  };

  private final String words;
  private final EngineFault inTheEngine;

  Mutant(String words) {
    this(words, EngineFault.NONE);
  }

  Mutant(String words, EngineFault inTheEngine) {
    this.words = words;
    this.inTheEngine = inTheEngine;
  }

  /** Which rule of the engine is otherwise. */
  EngineFault inTheEngine() {
    return inTheEngine;
  }

  /** As the list of faults has it. */
  String words() {
    return words;
  }

  /** Where it shows, if not everywhere. */
  @Nullable SinkKind onlyOn() {
    return switch (this) {
      // Where rows and position are one, nothing is delivered that the position does not cover.
      case TIME_ONCE_PER_TERM -> SinkKind.LOG_WITHOUT_DUPLICATES;
      case POSITION_BEFORE_TERM -> SinkKind.VERSIONED_TABLE;
      case STATE_AND_SEQUENCE_APART -> SinkKind.LOG_WITH_STATE;
      case HALF_TRANSACTIONS -> SinkKind.TABLE_WITH_STATE;
      default -> null;
    };
  }

  long now(Instance instance, SimMongo mongo) {
    return mongo.majorityWrite();
  }

  Outcome read(Chunk chunk, Function<Chunk, Outcome> answer, World world) {
    return answer.apply(chunk);
  }

  /** A high-water token says that all before its time is out. */
  long frontierOfHighWater(long time) {
    return time;
  }

  /** The last event says that all before its time is out. */
  long frontierOfEvents(long last) {
    return last;
  }

  /** The first answer is empty by request and says nothing. */
  long frontierOfFirstAnswer(Position at) {
    return ClusterTime.NONE;
  }

  boolean deliversNullLookups() {
    return true;
  }

  boolean acknowledgesEarly() {
    return false;
  }

  /** Whether a save only seems to succeed. */
  boolean losesStart(boolean first) {
    return false;
  }

  boolean checksTerm() {
    return true;
  }

  boolean endsParcelsAnywhere() {
    return false;
  }

  Begun begin(World world, SimStore store) {
    return store.raise();
  }

  long lastSequence(World world, SimSinkServer sink) {
    return sink.sequence();
  }

  private static Outcome withReadAt(Outcome.Rows rows, long readAt) {
    return new Outcome.Rows(
        rows.rows(), rows.count(), rows.last(), rows.complete(), readAt, rows.bytes());
  }

  /** What a plain comparison with the bound finds: nothing of another type. */
  private static Outcome bracketed(Chunk chunk, Outcome.Rows found, Keys keys) {
    BsonValue bound = chunk.span().after() != null ? chunk.span().after() : chunk.span().from();
    if (bound == null) {
      return found;
    }
    int first = keys.number(bound, 0);
    List<Row> rows = new ArrayList<>();
    for (Row row : found.rows()) {
      if (keys.sameBracket(first, keys.number(row.id()))) {
        rows.add(row);
      }
    }
    if (rows.size() == found.count()) {
      return found;
    }
    BsonValue last = rows.isEmpty() ? null : rows.getLast().document().toDocument().get("_id");
    return new Outcome.Rows(rows, rows.size(), last, true, found.readAt(), 0);
  }
}
