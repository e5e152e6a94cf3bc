package dev.millrace.source.mongo;

import static dev.millrace.source.mongo.Reading.doc;
import static dev.millrace.source.mongo.Reading.take;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.lab.Lab;
import dev.millrace.model.Change;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Operation;
import dev.millrace.model.Position;
import dev.millrace.source.CopySource;
import dev.millrace.source.CopySource.Outcome;
import dev.millrace.source.CopySource.Row;
import dev.millrace.source.CopySource.Wanted;
import dev.millrace.source.FullDocument;
import dev.millrace.source.PreImage;
import dev.millrace.source.Source;
import dev.millrace.testing.NeedsServers;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Filters and projections as a real server has them: copy and stream bring the same. */
@NeedsServers
class SubsetTest {
  private static final String ACTIVE = "{$expr: {$eq: ['$status', 'active']}}";

  private final Reading r = new Reading(Lab.mongo(), Lab.freshName("subset"));

  @BeforeEach
  void create() {
    r.db().runCommand(doc("{create: 'a', changeStreamPreAndPostImages: {enabled: true}}"));
  }

  @AfterEach
  void drop() {
    r.db().drop();
  }

  private static List<String> briefs(List<Change.Streamed> changes) {
    return changes.stream().map(Reading::brief).toList();
  }

  @Test
  void whatLeavesTheFilterIsDeletedAndWhatEntersItComesWhole() {
    r.subset(ACTIVE, "{}");
    try (Source source = r.now()) {
      r.in("a").insertOne(doc("{_id: 1, status: 'active', n: 1}"));
      r.in("a").insertOne(doc("{_id: 2, status: 'draft', n: 2}"));
      r.in("a").updateOne(doc("{_id: 1}"), doc("{$set: {n: 10}}"));
      List<Change.Streamed> before = take(source, 3);
      r.in("a").updateOne(doc("{_id: 1}"), doc("{$set: {status: 'gone'}}"));
      r.in("a").replaceOne(doc("{_id: 2}"), doc("{_id: 2, status: 'active'}"));
      r.in("a").deleteOne(doc("{_id: 2}"));
      r.in("a").drop();
      List<Change.Streamed> behind = take(source, 4);

      assertThat(briefs(before)).containsExactly("insert a 1", "delete a 2", "update a 1");
      assertThat(briefs(behind))
          .containsExactly("delete a 1", "replace a 2", "delete a 2", "drop a");
      assertThat(before.get(1)).isInstanceOf(Change.Delete.class);
      assertThat(before.get(1).event().raw().toDocument())
          .containsKeys("documentKey", "clusterTime")
          .doesNotContainKeys("fullDocument", "millraceOut");
      assertThat(behind.getFirst().event().raw().toDocument())
          .doesNotContainKeys("fullDocument", "updateDescription", "millraceOut");
      assertThat(before.getFirst().event().raw().toDocument()).doesNotContainKey("millraceOut");
      assertThat(((Change.Upsert) before.getLast()).document().toDocument())
          .isEqualTo(doc("{_id: 1, status: 'active', n: 10}"));
    }
  }

  @Test
  void whatDocumentsWereIsToldOnlyWhereItPassed() {
    r.subset(ACTIVE, "{}").before(PreImage.WHEN_AVAILABLE);
    try (Source source = r.now()) {
      r.in("a").insertOne(doc("{_id: 1, status: 'active'}"));
      r.in("a").updateOne(doc("{_id: 1}"), doc("{$set: {status: 'secret'}}"));
      r.in("a").updateOne(doc("{_id: 1}"), doc("{$set: {status: 'more'}}"));
      r.in("a").updateOne(doc("{_id: 1}"), doc("{$set: {status: 'active'}}"));
      r.in("a").deleteOne(doc("{_id: 1}"));
      List<Change.Streamed> changes = take(source, 5);
      // A lookup may find it gone already, and a delete then is what the update amounts to.
      assertThat(briefs(changes)).containsSubsequence("insert a 1", "delete a 1", "delete a 1");
      assertThat(changes.stream().map(SubsetTest::before).toList())
          .containsExactly("", "active", "", "", "active");
    }
  }

  private static String before(Change.Streamed change) {
    return change
        .event()
        .raw()
        .toDocument()
        .getDocument("fullDocumentBeforeChange", doc("{status: ''}"))
        .getString("status")
        .getValue();
  }

  @Test
  void eventsOfEveryKindAreResumedFrom() {
    r.subset(ACTIVE, "{n: 1}");
    try (Source source = r.now()) {
      for (int i = 0; i < 6; i++) {
        r.in("a")
            .insertOne(
                doc("{_id: %d, n: 1, status: '%s'}".formatted(i, i % 2 == 0 ? "active" : "")));
      }
      List<Change.Streamed> all = take(source, 6);
      for (int i = 0; i < 5; i++) {
        Position position = Position.of(all.get(i).event().token().toDocument());
        try (Source again = r.after(source, position)) {
          assertThat(briefs(take(again, 5 - i))).isEqualTo(briefs(all).subList(i + 1, 6));
        }
      }
    }
  }

  /** The expression, and what of a document it takes, in words of the server alone. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{$eq: ['$status', 'active']}",
        "{$gt: ['$n', 3]}",
        "{$in: ['x', {$ifNull: ['$tags', []]}]}",
        "{$and: [{$gte: ['$at', {$date: '2026-01-01T00:00:00Z'}]}, {$ne: [{$type: '$n'}, 'missing']}]}",
        "{$regexMatch: {input: {$convert: {input: '$status', to: 'string', onError: '', onNull: ''}}, regex: '^a'}}",
        "{$eq: ['$$CURRENT.a.b', 1]}",
        "{$let: {vars: {s: '$status'}, in: {$ne: ['$$s', 'active']}}}",
        "{$anyElementTrue: {$map: {input: {$ifNull: ['$tags', []]}, as: 't', in: {$eq: ['$$t', 'y']}}}}",
        "'$n'",
        "true",
        "false"
      })
  void copyAndStreamAgreeOnEveryDocument(String expression) {
    r.subset("{$expr: %s}".formatted(expression), "{}");
    List<BsonDocument> documents =
        List.of(
            doc("{_id: 0}"),
            doc("{_id: 1, status: 'active', n: 4, tags: ['x', 'y']}"),
            doc("{_id: 2, status: 'draft', n: 'text', at: {$date: '2026-06-01T00:00:00Z'}}"),
            doc("{_id: 3, status: ['active'], n: 0, tags: []}"),
            doc("{_id: 4, status: null, n: null, a: [{b: 1}, {b: 2}]}"),
            doc(
                "{_id: 5, a: {b: 1}, n: {$numberDecimal: '3.5'}, at: {$date: '2020-06-01T00:00:00Z'}}"));
    List<Integer> streamed = new ArrayList<>();
    try (Source source = r.now();
        CopySource copying = r.copying()) {
      r.in("a").insertMany(documents);
      for (Change.Streamed change : take(source, documents.size())) {
        if (change instanceof Change.Upsert upsert) {
          assertThat(upsert.document().toDocument())
              .isEqualTo(documents.get(upsert.id().toValue().asInt32().getValue()));
          streamed.add(upsert.id().toValue().asInt32().getValue());
        }
      }
      Copying rows = Copying.of(copying, r.named("a"));
      long now = copying.now();
      assertThat(rows.all(Copying.ALL, now, 1))
          .isEqualTo(streamed.stream().map(String::valueOf).toList());
      assertThat(found(copying, now)).isEqualTo(streamed);
    }
  }

  private List<Integer> found(CopySource copying, long now) {
    List<BsonValue> ids = IntStream.range(0, 9).<BsonValue>mapToObj(BsonInt32::new).toList();
    Outcome outcome = copying.find(new Wanted(r.named("a"), ids, now, true, false));
    List<Integer> found = new ArrayList<>();
    for (Row row : ((Outcome.Rows) outcome).rows()) {
      found.add(row.id().toValue().asInt32().getValue());
    }
    return found;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{status: 1, 'a.b': 1} | {_id: 1, a: [{b: 1}, {b: 2}, 7], status: 's'} | {_id: 1, a: [{b: 1}, {b: 2}], status: 's'}",
        "{_id: 1} | {_id: 1, a: 1} | {_id: 1}",
        "{z: true} | {_id: 1, a: 1} | {_id: 1}",
        "{secret: 0, 'a.b': 0} | {_id: 1, x: 1, a: {b: 1, c: 2}, secret: 's'} | {_id: 1, x: 1, a: {c: 2}}",
        "{secret: false} | {x: 1, _id: 1} | {_id: 1, x: 1}"
      })
  void copyAndStreamTakeTheSameOfADocument(String projection, String document, String expected) {
    r.subset("{}", projection);
    r.before(PreImage.WHEN_AVAILABLE);
    try (Source source = r.now();
        CopySource copying = r.copying()) {
      r.in("a").insertOne(doc(document));
      r.in("a").updateOne(doc("{_id: 1}"), doc("{$set: {secret: 'more', k: 1}}"));
      r.in("a")
          .updateOne(
              doc("{_id: 1}"),
              doc(
                  document.contains("secret")
                      ? "{$set: {secret: 's'}, $unset: {k: 1}}"
                      : "{$unset: {k: 1, secret: 1}}"));
      r.in("a").deleteOne(doc("{_id: 1}"));
      List<Change.Streamed> changes = take(source, 4);
      Change.Upsert insert = (Change.Upsert) changes.getFirst();
      assertThat(insert.document().toDocument().toJson()).isEqualTo(doc(expected).toJson());
      for (Change.Streamed change : changes) {
        assertThat(change.event().raw().toDocument().toJson())
            .doesNotContain("secret\": \"s\"", "more", "updateDescription");
      }
      assertThat(
              changes
                  .getLast()
                  .event()
                  .raw()
                  .toDocument()
                  .getDocument("fullDocumentBeforeChange")
                  .toJson())
          .isEqualTo(doc(expected).toJson());

      r.in("a").insertOne(doc(document));
      Outcome outcome =
          copying.find(
              new Wanted(r.named("a"), List.of(new BsonInt32(1)), copying.now(), true, false));
      Row row = ((Outcome.Rows) outcome).rows().iterator().next();
      assertThat(row.document().toDocument().toJson()).isEqualTo(doc(expected).toJson());
    }
  }

  @Test
  void anUpdateOver16MegabytesIsFilteredAndCutToo() {
    r.subset("{$expr: {$gt: ['$n', 1]}}", "{t: 0}")
        .full(FullDocument.LOOKUP)
        .before(PreImage.WHEN_AVAILABLE);
    try (Source source = r.now()) {
      String text = "x".repeat(9 << 20);
      r.in("a").insertOne(doc("{_id: 1, n: 2}").append("t", new BsonString(text)));
      r.in("a")
          .updateOne(
              doc("{_id: 1}"), doc("{$set: {n: 3, t: '%s'}}".formatted("y".repeat(9 << 20))));
      r.in("a").updateOne(doc("{_id: 1}"), doc("{$set: {n: 0}}"));
      List<Change.Streamed> changes = take(source, 3);
      assertThat(briefs(changes)).containsExactly("insert a 1", "delete a 1", "delete a 1");
    }
  }

  @Test
  void anExpressionThatTheServerRefusesIsOneSentence() {
    r.subset("{$expr: {$nonsense: 1}}", "{}");
    assertRefused(() -> r.now().close(), "$nonsense");
    r.in("a").insertOne(doc("{_id: 1}"));
    try (CopySource copying = r.copying()) {
      Outcome outcome =
          copying.find(
              new Wanted(r.named("a"), List.of(new BsonInt32(1)), copying.now(), true, false));
      assertThat(outcome)
          .isInstanceOfSatisfying(
              Outcome.Refused.class, refused -> assertThat(refused.reason()).contains("$nonsense"));
    }
  }

  private static void assertRefused(ThrowingCallable action, String word) {
    assertThatThrownBy(action)
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> {
              assertThat(e.failure()).isInstanceOf(Failure.Fatal.class);
              assertThat(e.failure().message()).contains(word);
            });
  }

  @Test
  void anExpressionThatFailsOnADocumentIsOneSentence() {
    r.subset("{$expr: {$gt: [{$divide: [1, '$n']}, 0]}}", "{}");
    r.in("a").insertOne(doc("{_id: 1, n: 0}"));
    try (Source source = r.now();
        CopySource copying = r.copying()) {
      r.in("a").insertOne(doc("{_id: 2, n: 0}"));
      assertRefused(() -> take(source, 1), "$divide by zero");
      Outcome outcome = Copying.of(copying, r.named("a")).read(Copying.ALL, copying.now(), 10);
      assertThat(outcome)
          .isInstanceOfSatisfying(
              Outcome.Refused.class,
              refused -> assertThat(refused.reason()).contains("$divide by zero"));
    }
  }

  @Test
  void deletesThatAreNotAskedForAreNotMadeOfOthers() {
    r.subset(ACTIVE, "{}").only(Operation.INSERT);
    try (Source source = r.now()) {
      r.in("a").insertOne(doc("{_id: 1}"));
      r.in("a").insertOne(doc("{_id: 2, status: 'active'}"));
      assertThat(briefs(take(source, 1))).containsExactly("insert a 2");
    }
  }

  @Test
  void aPositionUnderAnotherFilterIsOpenedByItsTime() {
    try (Source source = r.now()) {
      r.in("a").insertOne(doc("{_id: 1}"));
      r.in("a").insertOne(doc("{_id: 2}"));
      List<Change.Streamed> all = take(source, 2);
      r.subset(ACTIVE, "{}");
      try (Source filtered =
          r.after(source, Position.of(all.getFirst().event().token().toDocument()))) {
        assertThat(filtered.scope()).isNotEqualTo(source.scope()).endsWith(source.scope());
        assertThat(briefs(take(filtered, 1))).containsExactly("delete a 2");
      }
    }
  }
}
