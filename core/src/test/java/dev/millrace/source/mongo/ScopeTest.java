package dev.millrace.source.mongo;

import static dev.millrace.source.mongo.Reading.brief;
import static dev.millrace.source.mongo.Reading.doc;
import static dev.millrace.source.mongo.Reading.take;
import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.MongoNamespace;
import dev.millrace.lab.Lab;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.Namespace;
import dev.millrace.source.CopySource;
import dev.millrace.source.Source;
import dev.millrace.source.StartFrom;
import dev.millrace.testing.NeedsServers;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What a scope follows as an operator changes it. */
class ScopeTest {
  private static Scope scope(String... patterns) {
    return new Scope("shop", List.of(patterns), Set.of(new Namespace("shop", "cs_resume_tokens")));
  }

  private static CopyState.Edits edits(List<String> added, List<String> removed) {
    return new CopyState.Edits(new TreeSet<>(added), new TreeSet<>(removed), new TreeSet<>());
  }

  private static boolean follows(Scope scope, String collection) {
    return scope.includes(new Namespace("shop", collection));
  }

  @Test
  void anAddedNameIsFollowedBesideTheOthers() {
    Scope edited = scope("a").edited(edits(List.of("b", "c_*"), List.of()));
    assertThat(List.of("a", "b", "c_1")).allMatch(name -> follows(edited, name));
    assertThat(follows(edited, "d")).isFalse();
    assertThat(follows(edited, "cs_resume_tokens")).isFalse();
    assertThat(edited.fingerprint()).isEqualTo("shop/a,b,c_*");
  }

  @Test
  void addingWhatIsFollowedChangesNothing() {
    for (Scope scope : List.of(scope(), scope("a_*", "b"))) {
      Scope edited = scope.edited(edits(List.of("a_1", "b"), List.of()));
      assertThat(edited).isEqualTo(scope);
      assertThat(edited.fingerprint()).isEqualTo(scope.fingerprint());
    }
  }

  @Test
  void aRemovedNameIsNotFollowedHoweverItWas() {
    Scope named = scope("a", "b").edited(edits(List.of(), List.of("a")));
    assertThat(named).isEqualTo(scope("b"));
    for (Scope scope : List.of(scope(), scope("a*"), scope("a"))) {
      Scope edited = scope.edited(edits(List.of(), List.of("a")));
      assertThat(follows(edited, "a")).isFalse();
      assertThat(edited.fingerprint()).isNotEqualTo(scope.fingerprint());
      assertThat(edited.named()).isEmpty();
    }
    Scope all = scope().edited(edits(List.of(), List.of("a")));
    assertThat(follows(all, "b")).isTrue();
    // The only name there was: nothing is left, which is not all.
    assertThat(follows(scope("a").edited(edits(List.of(), List.of("a"))), "b")).isFalse();
    assertThat(follows(scope("a_*").edited(edits(List.of(), List.of("a_*"))), "a_1")).isFalse();
  }

  @Test
  void removingWhatIsNotFollowedChangesNothing() {
    Scope scope = scope("a", "b_*");
    assertThat(scope.edited(edits(List.of(), List.of("c")))).isEqualTo(scope);
    assertThat(scope.edited(edits(List.of("c"), List.of("c")))).isEqualTo(scope);
    assertThat(scope.edited(CopyState.Edits.NONE)).isEqualTo(scope);
  }

  @Test
  void editsOfADeploymentNameDatabases() {
    Scope scope = new Scope(null, List.of("shop.*"), Set.of());
    Scope edited = scope.edited(edits(List.of("crm.users"), List.of("shop.logs")));
    assertThat(edited.includes(new Namespace("crm", "users"))).isTrue();
    assertThat(edited.includes(new Namespace("shop", "orders"))).isTrue();
    assertThat(edited.includes(new Namespace("shop", "logs"))).isFalse();
    assertThat(edited.includesDatabase("crm")).isTrue();
  }

  @Test
  @NeedsServers
  void streamAndListingAreOfTheEditedScope() {
    for (boolean deployment : new boolean[] {false, true}) {
      for (String pattern : List.of("*", "a,b,c")) {
        followed(new Reading(Lab.mongo(), Lab.freshName("scope")), deployment, pattern);
      }
    }
  }

  private static void followed(Reading r, boolean deployment, String patterns) {
    String prefix = deployment ? r.database + "." : "";
    String[] configured =
        Arrays.stream(patterns.split(",")).map(p -> prefix + p).toArray(String[]::new);
    if (deployment) {
      r.deployment(configured);
    } else if (patterns.equals("*")) {
      r.collections();
    } else {
      r.collections(configured);
    }
    CopyState.Edits edits = edits(List.of(prefix + "added"), List.of(prefix + "c"));
    try (Source before = r.now();
        Source source =
            r.opener()
                .open(
                    Optional.of(Reading.checkpoint(before, before.opened())),
                    new StartFrom.Now(),
                    edits);
        CopySource copies = r.opener().copying(edits)) {
      assertThat(source.scope()).isNotEqualTo(before.scope());
      r.in("a").insertOne(doc("{_id: 1}"));
      r.in("c").insertOne(doc("{_id: 2}"));
      r.in("added").insertOne(doc("{_id: 3}"));
      r.in("c").renameCollection(new MongoNamespace(r.database, "b"));
      r.in("a").renameCollection(new MongoNamespace(r.database, "c"));
      r.in("c").insertOne(doc("{_id: 4}"));
      r.in("b").insertOne(doc("{_id: 5}"));
      assertThat(
              copies.list(copies.now()).collections().entrySet().stream()
                  .filter(entry -> entry.getValue() instanceof CopySource.Entry.Copyable)
                  .map(Map.Entry::getKey))
          .containsExactlyInAnyOrder(r.named("added"), r.named("b"));
      r.db().drop();
      r.in("b").insertOne(doc("{_id: 6}"));
      List<String> changes = take(source, 11).stream().map(Reading::brief).toList();
      assertThat(changes.subList(0, 7))
          .containsExactly(
              "create a",
              "insert a 1",
              "create added",
              "insert added 3",
              "rename c to b",
              "rename a to c",
              "insert b 5");
      assertThat(changes.subList(7, 9)).containsExactlyInAnyOrder("drop added", "drop b");
      assertThat(changes.subList(9, 11)).containsExactly("dropDatabase", "create b");
    } finally {
      r.db().drop();
    }
  }

  @Test
  @NeedsServers
  void aCheckpointOfTheEditedScopeIsResumedByToken() {
    Reading r = new Reading(Lab.mongo(), Lab.freshName("scope")).collections("a");
    CopyState.Edits edits = edits(List.of("b"), List.of());
    Checkpoint stored;
    try (Source first = r.now()) {
      stored = Reading.checkpoint(first, first.opened());
    }
    r.in("b").insertOne(doc("{_id: 1}"));
    r.in("b").insertOne(doc("{_id: 2}"));
    try (Source edited = r.opener().open(Optional.of(stored), new StartFrom.Now(), edits)) {
      List<Change.Streamed> changes = take(edited, 3);
      Checkpoint next = Reading.checkpoint(edited, changes.get(1).event().position());
      try (Source again = r.opener().open(Optional.of(next), new StartFrom.Now(), edits)) {
        assertThat(again.opened()).isEqualTo(next.position());
        assertThat(brief(take(again, 1).get(0))).isEqualTo("insert b 2");
      }
    } finally {
      r.db().drop();
    }
  }
}
