package dev.millrace.demo;

import dev.millrace.lab.MongoServers;
import java.util.Optional;

/**
 * What to run the demo on.
 *
 * @param mongoUri a MongoDB that is there already; empty starts one
 * @param natsUrl a NATS that is there already; empty starts one where NATS is the sink
 * @param nats whether JetStream is the sink; else a SQLite file is
 * @param sqliteWillDo whether SQLite may stand in when no nats-server is to be had
 * @param kind of the MongoDB that is started
 */
public record DemoOptions(
    Optional<String> mongoUri,
    Optional<String> natsUrl,
    boolean nats,
    boolean sqliteWillDo,
    MongoServers.Kind kind) {}
