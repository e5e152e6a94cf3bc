package dev.millrace.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.nats.client.Connection;
import io.nats.client.NKey;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

// Connection.close may be interrupted; then the test fails, as it should.
@SuppressWarnings("try")
class NatsServerTest {
  @TempDir private Path folder;

  @BeforeAll
  static void needsServers() {
    assumeFalse(Lab.serversSkipped(), "servers=skip");
  }

  @Test
  void messagesSurviveAKill() throws Exception {
    try (NatsServer server = NatsServer.builder().maxPayload(2_000_000).start()) {
      try (Connection connection = Nats.connect(server.url())) {
        assertThat(connection.getServerInfo().getMaxPayload()).isEqualTo(2_000_000);
        connection
            .jetStreamManagement()
            .addStream(StreamConfiguration.builder().name("kept").subjects("kept.>").build());
        connection.jetStream().publish("kept.a", "one".getBytes(StandardCharsets.UTF_8));
      }
      int port = server.port();
      server.kill();
      server.restart();
      assertThat(server.port()).isEqualTo(port);
      assertThat(server.atomicBatches()).isTrue();
      try (Connection connection = Nats.connect(server.url())) {
        assertThat(connection.jetStreamManagement().getMessage("kept", 1).getData())
            .isEqualTo("one".getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  @Test
  void userAndTokenAreDemanded() throws Exception {
    try (NatsServer user = NatsServer.builder().user("me", "secret").start();
        NatsServer token = NatsServer.builder().token("t0ken").maxFileStore(1 << 20).start()) {
      for (NatsServer server : new NatsServer[] {user, token}) {
        try (Connection connection = Nats.connect(server.url())) {
          assertThat(connection.getStatus()).isEqualTo(Connection.Status.CONNECTED);
        }
        Options plain =
            Options.builder().server("nats://127.0.0.1:" + server.port()).maxReconnects(0).build();
        assertThatThrownBy(() -> Nats.connect(plain)).hasMessageContaining("Auth");
      }
    }
  }

  @Test
  void theOldServerHasNoAtomicBatches() {
    Optional<NatsServer> old = Lab.natsOld();
    assumeTrue(old.isPresent(), "no old nats-server here");
    assertThat(old.map(NatsServer::atomicBatches)).contains(false);
  }

  @Test
  void anNkeyIsDemanded() throws Exception {
    NKey user = NKey.createUser(null);
    try (NatsServer server = NatsServer.builder().nkey(new String(user.getPublicKey())).start()) {
      Options options =
          Options.builder()
              .server(server.url())
              .authHandler(Nats.staticCredentials(null, user.getSeed()))
              .build();
      try (Connection connection = Nats.connect(options)) {
        assertThat(connection.getStatus()).isEqualTo(Connection.Status.CONNECTED);
      }
    }
  }

  @Test
  void speaksTls() throws Exception {
    Path store = folder.resolve("keys.p12");
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    String line =
        "-genkeypair -alias a -keyalg EC -storetype PKCS12 -storepass password -dname CN=localhost"
            + " -ext SAN=ip:127.0.0.1 -keystore ";
    List<String> command = new ArrayList<>(List.of(keytool));
    command.addAll(List.of((line + store).split(" ", -1)));
    assertThat(Processes.run(command, Duration.ofSeconds(30)).status()).isZero();
    KeyStore keys = KeyStore.getInstance(store.toFile(), "password".toCharArray());
    Path certificate = pem("CERTIFICATE", keys.getCertificate("a").getEncoded());
    Path key = pem("PRIVATE KEY", keys.getKey("a", "password".toCharArray()).getEncoded());
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("a", keys.getCertificate("a"));
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    try (NatsServer server = NatsServer.builder().tls(certificate, key).start();
        Connection connection =
            Nats.connect(Options.builder().server(server.url()).sslContext(context).build())) {
      assertThat(server.url()).startsWith("tls://");
      assertThat(connection.getServerInfo().isTLSRequired()).isTrue();
    }
  }

  private Path pem(String what, byte[] encoded) throws IOException {
    String text =
        "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
            .formatted(what, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded));
    return Files.writeString(folder.resolve(what.charAt(0) + ".pem"), text);
  }
}
