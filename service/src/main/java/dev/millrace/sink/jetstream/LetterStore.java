package dev.millrace.sink.jetstream;

import dev.millrace.letters.Address;
import dev.millrace.letters.DeadLetter;
import dev.millrace.model.Namespace;
import dev.millrace.model.RawValue;
import dev.millrace.table.DocumentKey;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonInvalidOperationException;
import org.bson.BsonString;
import org.bson.json.JsonParseException;

/**
 * The dead letters that are in a stream: the last message of each subject below {@code $dead}. It
 * is over when a message of its document came behind it, also where nobody came to remove it.
 */
final class LetterStore {
  private static final BsonInt32 NONE = new BsonInt32(0);
  private static final BsonDocument NOTHING = new BsonDocument();

  private final StreamAdmin admin;
  private final Subjects subjects;

  LetterStore(StreamAdmin admin, Subjects subjects) {
    this.admin = admin;
    this.subjects = subjects;
  }

  /** A letter where it lies. */
  record Stored(long sequence, DeadLetter letter) {}

  /** The subjects that have any, in order; none where there is no stream. */
  SortedSet<String> subjects() {
    SortedSet<String> all = new TreeSet<>();
    while (true) {
      BsonDocument info = admin.subjects(subjects.allDead(), all.size()).orElse(NOTHING);
      BsonDocument page = info.getDocument("state", NOTHING).getDocument("subjects", NOTHING);
      if (!all.addAll(page.keySet()) || all.size() >= info.getNumber("total", NONE).intValue()) {
        return all;
      }
    }
  }

  /** The letter of this subject; empty where there is none, or it is over. */
  Optional<Stored> letter(String subject) {
    return admin.last(subject).flatMap(LetterStore::read).filter(it -> !isOver(it));
  }

  Optional<Stored> letter(Address address) {
    return letter(subjects.dead(address.namespace(), address.id()));
  }

  private boolean isOver(Stored it) {
    Namespace namespace = it.letter().namespace();
    return hasBehind(it, () -> subjects.ofDrop(namespace))
        || it.letter()
            .key()
            .filter(key -> hasBehind(it, () -> subjects.ofAny(namespace, RawValue.of(key))))
            .isPresent();
  }

  private boolean hasBehind(Stored it, Supplier<String> subject) {
    String spelled;
    try {
      spelled = subject.get();
    } catch (IllegalArgumentException e) {
      return false;
    }
    return admin.last(spelled).map(last -> last.getNumber("seq").longValue()).orElse(0L)
        > it.sequence();
  }

  private static Optional<Stored> read(BsonDocument message) {
    long sequence = message.getNumber("seq").longValue();
    byte[] data = Base64.getDecoder().decode(message.getString("data").getValue());
    try {
      BsonDocument body = BsonDocument.parse(new String(data, StandardCharsets.UTF_8));
      BsonDocument ns = body.getDocument("ns");
      String id = body.getString("id").getValue();
      BsonDocument key = body.getDocument("documentKey", new BsonDocument());
      return Optional.of(
          new Stored(
              sequence,
              new DeadLetter(
                  new Namespace(ns.getString("db").getValue(), ns.getString("coll").getValue()),
                  id,
                  DocumentKey.of(id, key.toJson()),
                  body.getTimestamp("clusterTime").getValue(),
                  Long.toString(sequence),
                  body.getString("change").getValue(),
                  body.getString("code").getValue(),
                  body.getString("reason").getValue(),
                  null)));
    } catch (JsonParseException | BsonInvalidOperationException e) {
      // Somebody else's.
      return Optional.empty();
    }
  }

  /**
   * Removes messages.
   *
   * @param subject may have wildcards
   * @param through those of up to this sequence; empty for all
   * @return how many there were
   */
  long purge(String subject, OptionalLong through) {
    BsonDocument which = new BsonDocument("filter", new BsonString(subject));
    through.ifPresent(last -> which.append("seq", new BsonInt64(last + 1)));
    return admin.purge(which);
  }
}
