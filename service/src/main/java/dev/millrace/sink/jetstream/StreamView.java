package dev.millrace.sink.jetstream;

import java.util.List;
import org.bson.BsonArray;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;

/**
 * A stream as {@code STREAM.INFO} describes it.
 *
 * @param config the whole configuration, also the settings that only newer servers know
 */
record StreamView(StreamMark mark, BsonDocument config) {
  private static final BsonInt32 NONE = new BsonInt32(-1);

  static StreamView of(String name, BsonDocument info) {
    return new StreamView(
        new StreamMark(
            name,
            info.getString("created").getValue(),
            info.getDocument("state").getNumber("last_seq").longValue()),
        info.getDocument("config"));
  }

  List<String> subjects() {
    return config.getArray("subjects", new BsonArray()).stream()
        .map(subject -> subject.asString().getValue())
        .toList();
  }

  /** Whether every subject that begins with the stream's name comes here. */
  boolean coversItsName() {
    String all = mark.stream() + ".>";
    return subjects().stream().anyMatch(s -> s.equals(all) || s.equals(">") || s.equals("*.>"));
  }

  /** {@code limits}, {@code interest} or {@code workqueue}. */
  String retention() {
    return config.getString("retention", new BsonString("limits")).getValue();
  }

  boolean isAtomic() {
    return is("allow_atomic");
  }

  boolean isSilent() {
    return is("no_ack");
  }

  /** The largest message in bytes, headers included; negative or 0 when the stream sets none. */
  long maxMessage() {
    return config.getNumber("max_msg_size", NONE).longValue();
  }

  long duplicateWindowNanos() {
    return config.getNumber("duplicate_window", NONE).longValue();
  }

  private boolean is(String setting) {
    return config.getBoolean(setting, BsonBoolean.FALSE).getValue();
  }
}
