package dev.millrace.source.mongo;

import static dev.millrace.source.mongo.Reading.doc;
import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.MongoCollection;
import dev.millrace.json.CanonicalKey;
import dev.millrace.lab.Lab;
import dev.millrace.source.CopySource;
import dev.millrace.source.CopySource.Outcome;
import dev.millrace.source.CopySource.Span;
import dev.millrace.testing.NeedsServers;
import java.util.List;
import java.util.stream.IntStream;
import org.bson.BsonBinary;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonMaxKey;
import org.bson.BsonMinKey;
import org.bson.BsonNull;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ranges and chunks of collections as a real server has them. */
@NeedsServers
class CopyRangesTest {
  private final Reading r = new Reading(Lab.mongo(), Lab.freshName("copy"));
  private final CopySource source = r.copying();

  @AfterEach
  void close() {
    source.close();
    r.db().drop();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{collation: {locale: 'en', strength: 2}}",
        "{collation: {locale: 'de', numericOrdering: true}}",
        "{clusteredIndex: {key: {_id: 1}, unique: true}}",
        "{clusteredIndex: {key: {_id: 1}, unique: true}, collation: {locale: 'en', strength: 2}}",
        "{capped: true, size: 100000000}"
      })
  void everyRowOfEveryTypeIsReadOnceInRanges(String options) {
    BsonDocument create = new BsonDocument("create", new BsonString("mixed"));
    create.putAll(doc(options));
    r.db().runCommand(create);
    MongoCollection<BsonDocument> mixed = r.in("mixed");
    Copying.insert(mixed, Copying.mixedIds(20_000, 7));
    Copying copying = Copying.of(source, r.named("mixed"));
    assertThat(copying.facts().exact()).isEqualTo(!options.contains("capped"));
    List<List<String>> ranges = copying.ranges(5, 700);
    List<String> read = ranges.stream().flatMap(List::stream).toList();
    assertThat(read).doesNotHaveDuplicates();
    assertThat(read).containsExactlyInAnyOrderElementsOf(Copying.stored(mixed));
    assertThat(copying.facts().rows()).isEqualTo(read.size());
    assertThat(copying.facts().bytes()).isGreaterThan(20 * copying.facts().rows());
    assertThat(ranges).hasSize(5).allMatch(range -> range.size() > read.size() / 10);
  }

  /** The row that a chunk begins behind comes once more, and fills a reply by itself. */
  @Test
  @Timeout(60)
  void documentsOfWhichNoTwoFitAReplyAreReadOneByOne() {
    MongoCollection<BsonDocument> large = r.in("large");
    BsonBinary bytes = new BsonBinary(new byte[9 << 20]);
    for (int i = 0; i < 4; i++) {
      large.insertOne(new BsonDocument("_id", new BsonInt32(i)).append("bytes", bytes));
    }
    Copying copying = Copying.of(source, r.named("large"));
    for (int rows : new int[] {1, 2, 100}) {
      assertThat(copying.all(Copying.ALL, source.now(), rows)).containsExactly("0", "1", "2", "3");
    }
    BsonValue last = new BsonInt32(3);
    CopySource.Span inMidst = new CopySource.Span(new BsonInt32(0), null, last);
    assertThat(copying.all(inMidst, source.now(), 100)).containsExactly("1", "2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{clusteredIndex: {key: {_id: 1}, unique: true}}"})
  void everyValueIsABoundInTheServersOrder(String options) {
    BsonDocument create = new BsonDocument("create", new BsonString("few"));
    create.putAll(doc(options));
    r.db().runCommand(create);
    List<BsonValue> ids = Copying.mixedIds(0, 1);
    Copying.insert(r.in("few"), ids);
    Copying copying = Copying.of(source, r.named("few"));
    long at = source.now();
    List<String> all = copying.all(Copying.ALL, at, 1_000);
    assertThat(all).hasSize(ids.size());
    for (BsonValue id : ids) {
      int place = all.indexOf(CanonicalKey.of(id));
      assertThat(copying.all(new Span(id, null, null), at, 1_000))
          .as("after %s", id)
          .isEqualTo(all.subList(place + 1, all.size()));
      assertThat(copying.all(new Span(null, id, null), at, 1_000))
          .as("from %s", id)
          .isEqualTo(all.subList(place, all.size()));
      assertThat(copying.all(new Span(null, null, id), at, 1_000))
          .as("to %s", id)
          .isEqualTo(all.subList(0, place));
    }
  }

  @Test
  void boundsLieInTheirOrderBetweenTypesThatAPlainFilterKeepsApart() {
    List<BsonValue> ids =
        List.of(
            new BsonMinKey(),
            BsonNull.VALUE,
            new BsonDouble(Double.NaN),
            new BsonInt32(5),
            new BsonString("five"),
            new BsonMaxKey());
    Copying.insert(r.in("a"), ids);
    Copying copying = Copying.of(source, r.named("a"));
    Outcome.Rows rows =
        copying.rows(new Span(BsonNull.VALUE, null, new BsonMaxKey()), source.now(), 10);
    assertThat(Copying.keys(rows)).containsExactly("NaN", "5", "five");
    assertThat(rows.complete()).isTrue();
    assertThat(rows.last()).isEqualTo(new BsonString("five"));
  }

  @Test
  void aChunkSaysWhetherAnythingIsLeft() {
    insertNumbers(10);
    Copying copying = Copying.of(source, r.named("a"));
    long at = source.now();
    Outcome.Rows first = copying.rows(Copying.ALL, at, 4);
    assertThat(Copying.keys(first)).containsExactly("0", "1", "2", "3");
    assertThat(first.complete()).isFalse();
    assertThat(first.last()).isEqualTo(new BsonInt32(3));
    BsonInt32 end = new BsonInt32(10);
    assertThat(copying.rows(new Span(new BsonInt32(5), null, end), at, 4).complete()).isFalse();
    assertThat(copying.rows(new Span(new BsonInt32(6), null, end), at, 4).complete()).isTrue();
    assertThat(copying.rows(new Span(new BsonInt32(6), null, null), at, 4).count()).isEqualTo(3);
    Outcome.Rows nothing = copying.rows(new Span(new BsonInt32(9), null, null), at, 4);
    assertThat(nothing.count()).isZero();
    assertThat(nothing.last()).isNull();
    assertThat(nothing.complete()).isTrue();
  }

  @Test
  void aChunkThatExceedsAReplyIsCutAndGoesOn() {
    byte[] large = new byte[3_000_000];
    for (int i = 0; i < 12; i++) {
      r.in("a")
          .insertOne(new BsonDocument("_id", new BsonInt32(i)).append("x", new BsonBinary(large)));
    }
    Copying copying = Copying.of(source, r.named("a"));
    int open = openCursors();
    Outcome.Rows first = copying.rows(Copying.ALL, source.now(), 100);
    assertThat(first.count()).isEqualTo(5);
    assertThat(first.complete()).isFalse();
    assertThat(first.bytes()).isGreaterThan(5L * large.length);
    assertThat(copying.ranges(1, 100).get(0)).hasSize(12);
    assertThat(openCursors()).isEqualTo(open);
  }

  private int openCursors() {
    return r.servers
        .runOnPrimary(doc("{serverStatus: 1}"))
        .getDocument("metrics")
        .getDocument("cursor")
        .getDocument("open")
        .getNumber("total")
        .intValue();
  }

  @Test
  void cutsAreFewerWhereThereIsLittleAndLieWithinTheirSpan() {
    insertNumbers(3);
    assertThat(source.cuts(r.named("a"), Copying.ALL, 8))
        .containsExactly(new BsonInt32(1), new BsonInt32(2));
    assertThat(source.cuts(r.named("none"), Copying.ALL, 8)).isEmpty();
    insertNumbers(20_000);
    List<BsonValue> cuts =
        source.cuts(r.named("a"), new Span(new BsonInt32(5_000), null, new BsonInt32(15_000)), 4);
    assertThat(cuts).hasSize(3);
    for (int i = 0; i < 3; i++) {
      int ideal = 5_000 + 2_500 * (i + 1);
      assertThat(cuts.get(i).asInt32().getValue()).isBetween(ideal - 900, ideal + 900);
    }
    Span two = new Span(null, new BsonInt32(4), new BsonInt32(6));
    assertThat(source.cuts(r.named("a"), two, 2)).isEmpty();
  }

  private void insertNumbers(int count) {
    Copying.insert(
        r.in("a"), IntStream.range(0, count).<BsonValue>mapToObj(BsonInt32::new).toList());
  }
}
