package dev.millrace.source.mongo;

import static dev.millrace.source.mongo.Reading.doc;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.client.model.CreateCollectionOptions;
import com.mongodb.client.model.TimeSeriesOptions;
import dev.millrace.lab.Lab;
import dev.millrace.lab.MongoServers;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Finding;
import dev.millrace.model.Finding.Level;
import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.model.Position;
import dev.millrace.model.Term;
import dev.millrace.source.FullDocument;
import dev.millrace.source.PreImage;
import dev.millrace.source.Subset;
import dev.millrace.source.mongo.Members.Condition;
import dev.millrace.testing.NeedsServers;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What `check` says of a source, in front of real servers in every condition. */
@NeedsServers
class PreflightTest {
  private static MongoSourceOptions options(String uri, String database, String... collections) {
    return new MongoSourceOptions(
        uri,
        new Scope(database, List.of(collections), Set.of()),
        Subset.ALL,
        EnumSet.allOf(Operation.class),
        FullDocument.LOOKUP,
        PreImage.OFF,
        0);
  }

  private static List<Finding> check(MongoSourceOptions options) {
    return new Preflight(options, Optional.of(new Namespace("shop", "cs_resume_tokens"))).run();
  }

  private static Finding only(List<Finding> findings, Level level) {
    List<Finding> those = findings.stream().filter(f -> f.level() == level).toList();
    assertThat(those).as(findings.toString()).hasSize(1);
    return those.get(0);
  }

  @Test
  void findsNothingWrongWithAServerInOrder() {
    List<Finding> findings = check(options(Lab.mongo().uri(), Lab.freshName("check")));
    assertThat(findings).extracting(Finding::level).containsOnly(Level.OK);
    assertThat(findings.toString()).contains("oplog reaches back", "change stream");
  }

  @Test
  void saysWhatToTypeForAStandalone() {
    try (MongoServers servers = MongoServers.builder().kind(MongoServers.Kind.STANDALONE).start()) {
      Finding fault = only(check(options(servers.uri(), "shop")), Level.FAULT);
      assertThat(fault.code()).isEqualTo("MR-SOURCE-STANDALONE");
      assertThat(fault.message()).contains("--replSet", "rs.initiate()", "40573");
    }
  }

  @Test
  void initiatesAMemberThatNeverWasAndNoOther() {
    try (MongoServers servers =
        MongoServers.builder().kind(MongoServers.Kind.UNINITIATED).start()) {
      for (String uri : List.of(servers.uri(), servers.directUri(0))) {
        Finding fault = only(check(options(uri, "shop")), Level.FAULT);
        assertThat(fault.code()).isEqualTo("MR-SOURCE-UNINITIATED");
        assertThat(fault.message())
            .contains("Failed to refresh key cache", "rs.initiate({_id: \"lab\"", "127.0.0.1:");
      }
      Members.Member member = Members.ask(servers.directUri(0)).get(0);
      Members.initiate(member);
      servers.awaitPrimary();
      assertThat(Members.ask(servers.uri()).get(0).condition()).isEqualTo(Condition.HEALTHY);
      assertThatThrownBy(() -> Members.initiate(Members.ask(servers.uri()).get(0)))
          .hasMessageContaining("nothing was done");
    }
  }

  @Test
  void saysHowToForceAConfigurationThatNoLongerNamesItsHost(@TempDir Path folder) {
    try (MongoServers first = MongoServers.builder().folder(folder).start()) {
      assertThat(first.primaryIndex()).isZero();
    }
    // The same data on another port: the stored configuration names the old one.
    try (MongoServers moved =
        MongoServers.builder().folder(folder).kind(MongoServers.Kind.UNINITIATED).start()) {
      Finding fault = only(check(options(moved.directUri(0), "shop")), Level.FAULT);
      assertThat(fault.code()).as(fault.message()).isEqualTo("MR-SOURCE-REMOVED");
      assertThat(fault.message())
          .contains("rs.reconfig(cfg, {force: true})", "Failed to refresh key cache");
    }
  }

  @Test
  void namesWhatTheUserLacksAndTheSmallestRole() {
    try (MongoServers servers = MongoServers.builder().auth().start()) {
      servers.runOnPrimary(
          doc("{createUser: 'poor', pwd: 'p', roles: [{role: 'read', db: 'other'}]}"));
      servers.runOnPrimary(
          doc(
              "{createRole: 'mr', roles: [], privileges: ["
                  + "{resource: {db: 'shop', collection: ''}, actions: ['find', 'changeStream', 'listCollections', 'collStats']},"
                  + "{resource: {db: 'shop', collection: 'cs_resume_tokens'}, actions: ['find', 'insert', 'update', 'createCollection']}]}"));
      servers.runOnPrimary(doc("{createUser: 'enough', pwd: 'p', roles: ['mr']}"));
      Finding fault =
          check(options(servers.uri("poor", "p", "shop"), "shop")).stream()
              .filter(f -> f.level() == Level.FAULT)
              .findFirst()
              .orElseThrow();
      assertThat(fault.code()).isEqualTo("MR-SOURCE-PRIVILEGE");
      assertThat(fault.message())
          .contains("changeStream, find on all of shop", "createRole", "grantRolesToUser(\"poor\"");
      List<Finding> enough = check(options(servers.uri("enough", "p", "shop"), "shop"));
      assertThat(enough).extracting(Finding::level).doesNotContain(Level.FAULT);
      assertThat(
              only(check(options(servers.uri("enough", "wrong", "shop"), "shop")), Level.FAULT)
                  .code())
          .isEqualTo("MR-SOURCE-CREDENTIALS");
    }
  }

  @Test
  void namesViewsAndTimeSeriesAndWhatIsMissing() {
    Reading r = new Reading(Lab.mongo(), Lab.freshName("check"));
    r.in("plain").insertOne(doc("{_id: 1}"));
    r.db().createView("view", "plain", List.of());
    r.db()
        .createCollection(
            "times", new CreateCollectionOptions().timeSeriesOptions(new TimeSeriesOptions("t")));
    List<Finding> findings =
        check(options(r.servers.uri(), r.database, "plain", "view", "times", "absent"));
    assertThat(findings)
        .filteredOn(f -> f.code().equals("MR-SOURCE-NO-STREAM"))
        .extracting(Finding::message)
        .anyMatch(m -> m.contains(".view is a view"))
        .anyMatch(m -> m.contains(".times is a time-series collection"));
    assertThat(only(findings, Level.WARNING).message()).contains(".absent does not exist yet");
  }

  @Test
  void namesCollectionsWithoutPostImages() {
    Reading r = new Reading(Lab.mongo(), Lab.freshName("check"));
    r.in("plain").insertOne(doc("{_id: 1}"));
    MongoSourceOptions options =
        new MongoSourceOptions(
            r.servers.uri(),
            new Scope(r.database, List.of(), Set.of()),
            Subset.ALL,
            EnumSet.allOf(Operation.class),
            FullDocument.POST_IMAGE,
            PreImage.OFF,
            0);
    Finding fault = only(check(options), Level.FAULT);
    assertThat(fault.message()).contains("collMod: \"plain\"", "changeStreamPreAndPostImages");
    r.db().runCommand(doc("{collMod: 'plain', changeStreamPreAndPostImages: {enabled: true}}"));
    assertThat(check(options)).extracting(Finding::level).containsOnly(Level.OK);
  }

  @Test
  void warnsOfConnectionsThatCannotFollowAnElectionAndOfServersThatDoNotAnswer() {
    assertThat(only(check(options(Lab.mongo().directUri(0), "shop")), Level.WARNING).code())
        .isEqualTo("MR-SOURCE-DIRECT");
    Finding fault =
        only(
            check(
                options(
                    "mongodb://127.0.0.1:1/?replicaSet=x&serverSelectionTimeoutMS=300", "shop")),
            Level.FAULT);
    assertThat(fault.code()).isEqualTo("MR-SOURCE-UNAVAILABLE");
    assertThat(fault.message()).contains("is mongod running");
  }

  @Test
  void refusesAStoredPositionOfAnotherDeployment() {
    MongoSourceOptions options = options(Lab.mongo().uri(), Lab.freshName("check"));
    Checkpoint foreign =
        new Checkpoint(
            Position.of("82692000000000000" + "12B022C0100"), new Term(1), "another", "x", "");
    assertThat(new Preflight(options, Optional.empty()).position(foreign).code())
        .isEqualTo("MR-POSITION-FOREIGN");
  }
}
