package dev.millrace.sql;

import dev.millrace.config.SinkConfig;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.sink.Sink;
import dev.millrace.table.TableView;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bson.BsonDocument;

/** A database that is fresh for each test. */
public interface FreshDatabase extends Reading.Place {
  Sink open(SinkConfig.Tables tables, String pipeline);

  /** What the pipeline's sink keeps aside. */
  DeadLetterBox letters(String pipeline);

  TableView view(SinkConfig.Tables tables, String pipeline);

  /** Whether there is any database at all; opening a sink may make it. */
  boolean isThere();

  /** Removes it. */
  void lose() throws Exception;

  /** Has the database take no writes meanwhile. */
  void whileStalled(ThrowingCallable body) throws Throwable;

  /** A point in time as the database writes it. */
  String instant(String iso);

  /** A truth value as the database writes it. */
  String truth(boolean value);

  /** A document, read from relaxed Extended JSON, as it comes back. */
  BsonDocument asHeld(BsonDocument document);

  /** The type of documents in a table that a person makes. */
  String documentType();

  /** Somebody has a table take documents of so many characters at most. */
  void narrow(String table, int characters);

  /** Takes that back. */
  void widen(String table);

  /** The names of its tables. */
  List<String> tables();
}
