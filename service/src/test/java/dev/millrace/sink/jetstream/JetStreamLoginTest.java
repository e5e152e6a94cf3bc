package dev.millrace.sink.jetstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.millrace.config.Secret;
import dev.millrace.config.SinkConfig;
import dev.millrace.config.SinkConfig.NatsLogin;
import dev.millrace.config.SinkConfig.NatsTls;
import dev.millrace.json.JsonMode;
import dev.millrace.lab.Binaries;
import dev.millrace.lab.Lab;
import dev.millrace.lab.NatsServer;
import dev.millrace.model.Failure;
import dev.millrace.model.Finding;
import dev.millrace.model.Term;
import io.nats.client.NKey;
import io.nats.client.api.StreamConfiguration;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Getting in: logins, TLS, and what the probe says where that does not work. */
class JetStreamLoginTest {
  private static final Term FIRST = new Term(1);

  @TempDir Path folder;

  @BeforeAll
  static void needsServers() {
    assumeFalse(Lab.serversSkipped(), "servers=skip");
  }

  private static SinkConfig.JetStream config(String url, NatsLogin login, NatsTls... tls) {
    return new SinkConfig.JetStream(
        List.of(new Secret(url)),
        "logins",
        login,
        tls.length == 0 ? Optional.empty() : Optional.of(tls[0]),
        false,
        JsonMode.RELAXED,
        1);
  }

  private static String bare(NatsServer server) {
    return "nats://127.0.0.1:" + server.port();
  }

  private static void works(SinkConfig.JetStream config) {
    try (JetStreamSink sink = JetStreamSink.open(config, "test")) {
      assertThat(sink.fence(FIRST, Optional.empty())).isEmpty();
    }
    assertThat(JetStreamCheck.check(config))
        .extracting(Finding::level)
        .containsOnly(Finding.Level.OK);
  }

  private static void fails(
      SinkConfig.JetStream config, Class<? extends Failure> kind, String code) {
    Failure failure = JetStreamFixture.failure(() -> JetStreamSink.open(config, "test").close());
    assertThat(failure).isInstanceOf(kind);
    assertThat(failure.code()).isEqualTo(code);
    assertThat(failure.message()).doesNotContain("wr0ng");
  }

  @Test
  void userAndPassword() {
    try (NatsServer server = NatsServer.builder().user("me", "secret").start()) {
      works(config(server.url(), new NatsLogin.None()));
      works(config(bare(server), new NatsLogin.UserPassword("me", new Secret("secret"))));
      fails(
          config(bare(server), new NatsLogin.UserPassword("me", new Secret("wr0ng"))),
          Failure.Fatal.class,
          "MR-NATS-CREDENTIALS");
      fails(
          config(bare(server).replace("//", "//me:wr0ng@"), new NatsLogin.None()),
          Failure.Fatal.class,
          "MR-NATS-CREDENTIALS");
      fails(config(bare(server), new NatsLogin.None()), Failure.Fatal.class, "MR-NATS-CREDENTIALS");
    }
  }

  @Test
  void token() {
    try (NatsServer server = NatsServer.builder().token("t0ken").start()) {
      works(config(bare(server), new NatsLogin.Token(new Secret("t0ken"))));
      fails(
          config(bare(server), new NatsLogin.Token(new Secret("wr0ng"))),
          Failure.Fatal.class,
          "MR-NATS-CREDENTIALS");
    }
  }

  @Test
  void nkey() throws Exception {
    NKey key = NKey.createUser(null);
    Path seed =
        Files.writeString(folder.resolve("user.nk"), "# ours\n" + new String(key.getSeed()) + "\n");
    Path other =
        Files.writeString(folder.resolve("other.nk"), new String(NKey.createUser(null).getSeed()));
    Path none = Files.writeString(folder.resolve("none.nk"), "hello\n");
    try (NatsServer server = NatsServer.builder().nkey(new String(key.getPublicKey())).start()) {
      works(config(bare(server), new NatsLogin.NKey(seed)));
      for (Path file : List.of(other, none, folder.resolve("absent.nk"))) {
        fails(
            config(bare(server), new NatsLogin.NKey(file)),
            Failure.Fatal.class,
            "MR-NATS-CREDENTIALS");
      }
      fails(
          config(bare(server), new NatsLogin.Credentials(folder.resolve("absent.creds"))),
          Failure.Fatal.class,
          "MR-NATS-CREDENTIALS");
    }
  }

  @Test
  void tlsWithBothCertificates() throws Exception {
    PemFiles ours = PemFiles.make(folder, "server", "ip:127.0.0.1");
    PemFiles client = PemFiles.make(folder, "client", "dns:client");
    String settings =
        "tls { cert_file: \"%s\", key_file: \"%s\", ca_file: \"%s\", verify: true }"
            .formatted(ours.certificate(), ours.key(), client.certificate());
    try (NatsServer server = NatsServer.builder().settings(settings).start()) {
      String url = "tls://127.0.0.1:" + server.port();
      NatsTls good =
          new NatsTls(
              Optional.of(ours.certificate()),
              Optional.of(client.certificate()),
              Optional.of(client.key()));
      works(config(url, new NatsLogin.None(), good));
      works(config(bare(server), new NatsLogin.None(), good));
      fails(config(url, new NatsLogin.None()), Failure.Transient.class, "MR-NATS-UNREACHABLE");
      NatsTls swapped =
          new NatsTls(Optional.empty(), Optional.of(client.key()), Optional.of(client.key()));
      fails(config(url, new NatsLogin.None(), swapped), Failure.Fatal.class, "MR-NATS-TLS");
      NatsTls half =
          new NatsTls(Optional.empty(), Optional.of(client.certificate()), Optional.empty());
      fails(config(url, new NatsLogin.None(), half), Failure.Fatal.class, "MR-NATS-TLS");
    }
  }

  @Test
  void aCertificateForAnotherHostIsRefused() throws Exception {
    PemFiles other = PemFiles.make(folder, "other", "dns:other.example");
    try (NatsServer server = NatsServer.builder().tls(other.certificate(), other.key()).start()) {
      NatsTls trusting =
          new NatsTls(Optional.of(other.certificate()), Optional.empty(), Optional.empty());
      SinkConfig.JetStream config = config(server.url(), new NatsLogin.None(), trusting);
      assertThat(JetStreamCheck.check(config))
          .singleElement()
          .satisfies(finding -> {
            assertThat(finding.level()).isEqualTo(Finding.Level.FAULT);
            assertThat(finding.code()).isEqualTo("MR-NATS-UNREACHABLE");
            assertThat(finding.message()).contains("127.0.0.1 found");
          });
    }
  }

  @Test
  void noJetStream() throws Exception {
    String accounts =
        "accounts { A: { users: [{user: a, password: a}] }, B: { jetstream: enabled, users: [{user: b, password: b}] } }";
    try (NatsServer server = NatsServer.builder().settings(accounts).start()) {
      SinkConfig.JetStream without =
          config(bare(server), new NatsLogin.UserPassword("a", new Secret("a")));
      try (JetStreamSink sink = JetStreamSink.open(without, "test")) {
        Failure failure = JetStreamFixture.failure(() -> sink.fence(FIRST, Optional.empty()));
        assertThat(failure).isInstanceOf(Failure.Fatal.class);
        assertThat(failure.code()).isEqualTo("MR-NATS-NO-JETSTREAM");
      }
      assertThat(JetStreamCheck.check(without))
          .extracting(Finding::code)
          .containsExactly("MR-NATS-NO-JETSTREAM");
      works(config(bare(server), new NatsLogin.UserPassword("b", new Secret("b"))));
    }
  }

  @Test
  void noAddress() {
    fails(
        config("nats://me:wr0ng@ho st:x", new NatsLogin.None()),
        Failure.Fatal.class,
        "MR-NATS-URL");
  }

  @Test
  void theProbeNamesWhatTheStreamLacks() throws Exception {
    String stream = Lab.freshName("probe");
    SinkConfig.JetStream c = config(Lab.nats().url(), new NatsLogin.None());
    SinkConfig.JetStream named =
        new SinkConfig.JetStream(c.servers(), stream, c.login(), c.tls(), false, c.json(), 1);
    try (StreamReader reader = new StreamReader(Lab.nats(), stream)) {
      reader.make(StreamConfiguration.builder().subjects("other." + stream));
    }
    assertThat(JetStreamCheck.check(named))
        .extracting(Finding::code)
        .containsExactly("MR-NATS-SUBJECTS");
  }

  @Test
  void theProbeTellsOfOlderServers() throws Exception {
    Optional<Path> old = Binaries.system().natsServerOld();
    assumeFalse(old.isEmpty(), "no old nats-server here");
    String stream = Lab.freshName("probe");
    NatsServer server = Lab.natsOld().orElseThrow();
    SinkConfig.JetStream c = config(server.url(), new NatsLogin.None());
    SinkConfig.JetStream named =
        new SinkConfig.JetStream(c.servers(), stream, c.login(), c.tls(), false, c.json(), 1);
    try (StreamReader reader = new StreamReader(server, stream)) {
      reader.make(
          StreamConfiguration.builder()
              .subjects(stream + ".>")
              .duplicateWindow(Duration.ofSeconds(10)));
    }
    assertThat(JetStreamCheck.check(named))
        .last()
        .satisfies(finding -> {
          assertThat(finding.level()).isEqualTo(Finding.Level.WARNING);
          assertThat(finding.code()).isEqualTo("MR-NATS-NOT-ATOMIC");
          assertThat(finding.message()).contains("2.9").contains("10 s");
        });
  }
}
