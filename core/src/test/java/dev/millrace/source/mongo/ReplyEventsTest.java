package dev.millrace.source.mongo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.model.Change;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Operation;
import dev.millrace.model.Position;
import dev.millrace.source.FullDocument;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import org.bson.BsonDocument;
import org.bson.RawBsonDocument;
import org.bson.codecs.BsonDocumentCodec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReplyEventsTest {
  private static final String TOKEN = "826740D6B0000000%02X2B042C0100296E5A1004";
  private final ChangeDecoder decoder =
      new ChangeDecoder(
          new Scope("shop", List.of(), Set.of()),
          EnumSet.allOf(Operation.class),
          FullDocument.LOOKUP,
          (namespace, id) -> null);

  private static String insert(int n) {
    return """
    {_id: {_data: '%s'}, operationType: 'insert', clusterTime: {$timestamp: {t: 1732302512, i: %d}},
     ns: {db: 'shop', coll: 'orders'}, documentKey: {_id: %d}, fullDocument: {_id: %d}}\
    """
        .formatted(TOKEN.formatted(n), n, n, n);
  }

  private ReplyEvents events(@Nullable Position skipThrough, String... events) {
    BsonDocument reply =
        BsonDocument.parse(
            "{cursor: {id: {$numberLong: '7'}, nextBatch: [%s]}}"
                .formatted(String.join(",", events)));
    ByteBuffer bytes = new RawBsonDocument(reply, new BsonDocumentCodec()).getByteBuffer().asNIO();
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    return new ReplyEvents(
        new RawReply(copy), Position.of(TOKEN.formatted(99)), decoder, skipThrough);
  }

  private static int id(Change.Streamed change) {
    return ((Change.Upsert) change).id().toValue().asInt32().getValue();
  }

  @Test
  void handsOutWhatStandsBeforeAnEventThatCannotBeRead() {
    Iterator<Change.Streamed> changes =
        events(
                null,
                insert(1),
                insert(2),
                "{_id: {_data: '82'}, operationType: 'insert', ns: {db: 'shop', coll: 'orders'}}",
                insert(3))
            .changes();
    assertThat(id(changes.next())).isEqualTo(1);
    assertThat(id(changes.next())).isEqualTo(2);
    assertThatThrownBy(changes::hasNext)
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> {
              assertThat(e.failure()).isInstanceOf(Failure.Fatal.class);
              assertThat(e.failure().code()).isEqualTo("MR-SOURCE-EVENT");
            });
  }

  @Test
  void passesOverWhatWasDeliveredBefore() {
    Iterator<Change.Streamed> changes =
        events(Position.of(TOKEN.formatted(2)), insert(1), insert(2), insert(3)).changes();
    assertThat(id(changes.next())).isEqualTo(3);
    assertThat(changes.hasNext()).isFalse();
    assertThatThrownBy(changes::next).isInstanceOf(NoSuchElementException.class);
  }
}
