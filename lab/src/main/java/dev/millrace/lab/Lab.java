package dev.millrace.lab;

import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The servers that all tests of a JVM share, started when first asked for and stopped when the JVM
 * ends. For tests that do not break servers: those start their own. Thread-safe.
 */
public final class Lab {
  private static final AtomicLong NAMES = new AtomicLong();

  private static @Nullable MongoServers mongo;
  private static @Nullable NatsServer nats;
  private static @Nullable NatsServer natsOld;
  private static @Nullable PostgresServer postgres;

  private Lab() {}

  /**
   * A replica set of one node.
   *
   * @throws ServerUnavailable when there is no mongod
   */
  public static synchronized MongoServers mongo() {
    if (mongo == null) {
      mongo = MongoServers.replicaSet();
    }
    return mongo;
  }

  /**
   * A nats-server with atomic batches.
   *
   * @throws ServerUnavailable when there is none
   */
  public static synchronized NatsServer nats() {
    if (nats == null) {
      nats = NatsServer.builder().start();
    }
    return nats;
  }

  /** A nats-server without atomic batches, if this machine has one. */
  public static synchronized Optional<NatsServer> natsOld() {
    if (natsOld == null) {
      natsOld =
          Binaries.system()
              .natsServerOld()
              .map(binary -> NatsServer.builder().binary(binary).start())
              .orElse(null);
    }
    return Optional.ofNullable(natsOld);
  }

  /**
   * A PostgreSQL, where each test makes a database of its own.
   *
   * @throws ServerUnavailable when there is none
   */
  public static synchronized PostgresServer postgres() {
    if (postgres == null) {
      postgres = PostgresServer.builder().start();
    }
    return postgres;
  }

  /**
   * A name that no other call in this JVM returns, for a database or a stream: letters, digits and
   * underscores if the prefix has only those.
   */
  public static String freshName(String prefix) {
    return "%s_%d".formatted(prefix, NAMES.incrementAndGet()).toLowerCase(Locale.ROOT);
  }

  /**
   * Whether tests that need real servers are to be left out: system property {@code servers} is
   * {@code skip}.
   */
  public static boolean serversSkipped() {
    return "skip".equals(System.getProperty("servers"));
  }
}
