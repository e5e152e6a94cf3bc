package dev.millrace.bench;

import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.BsonTimestamp;

/**
 * What every contender runs, and where to: the same for all but the names of what each writes.
 *
 * @param database whose stream is read, or whose one collection is copied
 * @param from the cluster time before the first event of a stream
 * @param events how many there are; of a copy, how many documents
 * @param sinkUrl of the server that is delivered to: NATS, or by JDBC a database
 * @param stream name of the JetStream stream or the schema and of the pipeline, new for each run
 * @param mongodPid of the one mongod
 * @param sinkPid of that server
 */
record Course(
    String mongoUri,
    String database,
    BsonTimestamp from,
    long events,
    Task task,
    String sinkUrl,
    String stream,
    long mongodPid,
    long sinkPid) {
  /** Where copies find what they warm up with. */
  static final String WARM_UP_DATABASE = "bench_warm";

  private static final String WARM_UP = "_warm";

  /** What there is to do. */
  enum Task {
    /** A stretch of oplog. */
    STREAM,
    /** The same, of updates whose documents the server looks up. */
    LOOKUP,
    /** A collection at rest. */
    COPY,
    /** A collection that {@link Writer} writes to meanwhile. */
    COPY_WHILE_WRITING
  }

  private Course of(String itsDatabase, long count, String intoStream) {
    return new Course(
        mongoUri, itsDatabase, from, count, task, sinkUrl, intoStream, mongodPid, sinkPid);
  }

  /** The beginning of it, or something like it, into a stream of its own. */
  Course warmUp(long count) {
    return of(isCopy() ? WARM_UP_DATABASE : database, count, warmUpStream(stream));
  }

  static String warmUpStream(String stream) {
    return stream + WARM_UP;
  }

  Course into(String intoStream) {
    return of(database, events, intoStream);
  }

  boolean lookup() {
    return task == Task.LOOKUP;
  }

  boolean isCopy() {
    return task == Task.COPY || task == Task.COPY_WHILE_WRITING;
  }

  /** One line, for a child's command line. */
  String toJson() {
    return new BsonDocument("mongo", new BsonString(mongoUri))
        .append("database", new BsonString(database))
        .append("from", from)
        .append("events", new BsonInt64(events))
        .append("task", new BsonString(task.name()))
        .append("sink", new BsonString(sinkUrl))
        .append("stream", new BsonString(stream))
        .append("mongodPid", new BsonInt64(mongodPid))
        .append("sinkPid", new BsonInt64(sinkPid))
        .toJson();
  }

  static Course ofJson(String json) {
    BsonDocument read = BsonDocument.parse(json);
    return new Course(
        read.getString("mongo").getValue(),
        read.getString("database").getValue(),
        read.getTimestamp("from"),
        read.getNumber("events").longValue(),
        Task.valueOf(read.getString("task").getValue()),
        read.getString("sink").getValue(),
        read.getString("stream").getValue(),
        read.getNumber("mongodPid").longValue(),
        read.getNumber("sinkPid").longValue());
  }
}
