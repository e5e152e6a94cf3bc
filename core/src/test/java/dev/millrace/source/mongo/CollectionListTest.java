package dev.millrace.source.mongo;

import static dev.millrace.source.mongo.Reading.doc;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.lab.Lab;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.Namespace;
import dev.millrace.source.CopySource;
import dev.millrace.source.CopySource.Entry;
import dev.millrace.source.CopySource.Listing;
import dev.millrace.testing.NeedsServers;
import java.util.List;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.bson.BsonDocument;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which collections a copy finds. */
@NeedsServers
class CollectionListTest {
  private final Reading r = new Reading(Lab.mongo(), Lab.freshName("list"));

  @AfterEach
  void drop() {
    r.db().drop();
    r.client().getDatabase(r.database + "_2").drop();
  }

  private Listing list() {
    try (CopySource source = r.copying()) {
      return source.list(source.now());
    }
  }

  private static SortedSet<String> names(Listing listing) {
    SortedSet<String> names = new TreeSet<>();
    listing.collections().keySet().forEach(namespace -> names.add(namespace.collection()));
    return names;
  }

  private Entry entry(Listing listing, String collection) {
    return Objects.requireNonNull(listing.collections().get(r.named(collection)));
  }

  @Test
  void tellsWhatCanBeCopiedFromWhatCannot() {
    r.in("plain").insertMany(List.of(doc("{_id: 1}"), doc("{_id: 2}")));
    r.db().runCommand(doc("{create: 'capped', capped: true, size: 4096}"));
    r.db().runCommand(doc("{create: 'clustered', clusteredIndex: {key: {_id: 1}, unique: true}}"));
    r.db().runCommand(doc("{create: 'times', timeseries: {timeField: 't'}}"));
    r.db().createView("view", "plain", List.of());
    Listing listing = list();
    assertThat(names(listing)).containsExactly("capped", "clustered", "plain", "times", "view");
    Entry.Copyable plain = (Entry.Copyable) entry(listing, "plain");
    assertThat(plain).isEqualTo(new Entry.Copyable(plain.uuid(), true, 2, 28));
    Entry.Copyable capped = (Entry.Copyable) entry(listing, "capped");
    assertThat(capped.exact()).isFalse();
    Entry.Copyable clustered = (Entry.Copyable) entry(listing, "clustered");
    assertThat(clustered.exact()).isTrue();
    assertThat(((Entry.NotCopyable) entry(listing, "view")).reason()).contains("a view", "plain");
    assertThat(((Entry.NotCopyable) entry(listing, "times")).reason()).contains("time-series");
  }

  @Test
  void namesWhatTheScopeHasAndReportsWhatIsNotThere() {
    for (String name : List.of("orders_1", "orders_2", "users", "other")) {
      r.in(name).insertOne(new BsonDocument());
    }
    r.collections("orders_*", "users", "absent");
    assertThat(names(list())).containsExactly("absent", "orders_1", "orders_2", "users");
    assertThat(list().collections().get(r.named("absent"))).isInstanceOf(Entry.NotCopyable.class);
    r.collections().own("other");
    assertThat(names(list())).containsExactly("orders_1", "orders_2", "users");
  }

  @Test
  void looksThroughADeployment() {
    r.in("a").insertOne(new BsonDocument());
    Namespace second = new Namespace(r.database + "_2", "b");
    r.client().getDatabase(second.database()).createCollection("b");
    r.deployment();
    assertThat(list().collections()).containsKeys(r.named("a"), second);
    assertThat(list().collections().keySet())
        .noneMatch(name -> List.of("admin", "config", "local").contains(name.database()));
    r.deployment(r.database + "_2.*");
    assertThat(list().collections()).containsOnlyKeys(second);
  }

  @Test
  void everythingInItWasThereAtItsTime() {
    try (CopySource source = r.copying()) {
      r.in("a").insertOne(new BsonDocument());
      long before = source.now();
      Listing listing = source.list(source.now());
      assertThat(ClusterTime.isAfter(before, listing.time())).isFalse();
      r.in("b").insertOne(new BsonDocument());
      assertThat(ClusterTime.isAfter(source.now(), listing.time())).isTrue();
    }
  }

  @Test
  void listsMoreThanOneReplyHolds() {
    IntStream.range(0, 130).forEach(i -> r.db().createCollection("c" + i));
    assertThat(names(list())).hasSize(130);
  }
}
