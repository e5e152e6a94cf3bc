package dev.millrace.bench;

import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.BsonTimestamp;

/**
 * The stretch of oplog that every contender runs, and where to: the same for all but the names of
 * what each writes.
 *
 * @param database whose stream is read
 * @param from the cluster time before the first event
 * @param events how many there are
 * @param lookup whether they are updates whose documents are looked up, rather than inserts
 * @param natsUrl where to publish
 * @param stream name of the JetStream stream and of the pipeline, new for each run
 * @param mongodPid of the one mongod
 * @param natsPid of the one nats-server
 */
record Course(
    String mongoUri,
    String database,
    BsonTimestamp from,
    long events,
    boolean lookup,
    String natsUrl,
    String stream,
    long mongodPid,
    long natsPid) {

  Course first(long count, String intoStream) {
    return new Course(
        mongoUri, database, from, count, lookup, natsUrl, intoStream, mongodPid, natsPid);
  }

  Course into(String intoStream) {
    return first(events, intoStream);
  }

  /** One line, for a child's command line. */
  String toJson() {
    return new BsonDocument("mongo", new BsonString(mongoUri))
        .append("database", new BsonString(database))
        .append("from", from)
        .append("events", new BsonInt64(events))
        .append("lookup", BsonBoolean.valueOf(lookup))
        .append("nats", new BsonString(natsUrl))
        .append("stream", new BsonString(stream))
        .append("mongodPid", new BsonInt64(mongodPid))
        .append("natsPid", new BsonInt64(natsPid))
        .toJson();
  }

  static Course ofJson(String json) {
    BsonDocument read = BsonDocument.parse(json);
    return new Course(
        read.getString("mongo").getValue(),
        read.getString("database").getValue(),
        read.getTimestamp("from"),
        read.getNumber("events").longValue(),
        read.getBoolean("lookup").getValue(),
        read.getString("nats").getValue(),
        read.getString("stream").getValue(),
        read.getNumber("mongodPid").longValue(),
        read.getNumber("natsPid").longValue());
  }
}
