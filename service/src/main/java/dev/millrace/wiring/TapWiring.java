package dev.millrace.wiring;

import dev.millrace.model.Operation;
import dev.millrace.source.FullDocument;
import dev.millrace.source.PreImage;
import dev.millrace.source.Tables;
import dev.millrace.source.mongo.MongoSourceOpener;
import dev.millrace.source.mongo.MongoSourceOptions;
import dev.millrace.source.mongo.MongoTables;
import dev.millrace.source.mongo.Scope;
import dev.millrace.tap.Readers;
import dev.millrace.tap.Tap;
import dev.millrace.tap.TapConfig;
import dev.millrace.tap.TapState;
import dev.millrace.tap.TapStream;
import java.io.OutputStream;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Puts a tap together. */
public final class TapWiring {
  /** Of one reply: two are held at a time, and nothing is gained by the server's 16 MB. */
  private static final int EVENTS = 4_000;

  private TapWiring() {}

  /** What is asked of collections; close it behind the tap. */
  public static Tables tables(TapConfig config) {
    return Wiring.made("the source", () -> new MongoTables(config.uri().reveal()));
  }

  /** A run that reads nothing yet. */
  public static Tap tap(
      TapConfig config,
      Tables tables,
      TapState state,
      List<TapStream> streams,
      OutputStream out,
      Tap.Lives lives) {
    Readers readers =
        (database, names, subset) ->
            new MongoSourceOpener(
                new MongoSourceOptions(
                    config.uri().reveal(),
                    new Scope(database, names, Set.of()),
                    subset,
                    EnumSet.allOf(Operation.class),
                    FullDocument.LOOKUP,
                    PreImage.OFF,
                    EVENTS));
    return new Tap(tables, readers, state, streams, out, lives, InstantSource.system());
  }
}
