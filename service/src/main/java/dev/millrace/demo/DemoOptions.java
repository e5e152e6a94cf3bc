package dev.millrace.demo;

import dev.millrace.lab.MongoServers;
import java.util.Optional;

/**
 * What to run the demo on.
 *
 * @param mongoUri a MongoDB that is there already; empty starts one
 * @param kind of the MongoDB that is started
 */
public record DemoOptions(Optional<String> mongoUri, SinkChoice sink, MongoServers.Kind kind) {
  /** Whether a server is somebody's. */
  boolean given() {
    return mongoUri.isPresent() || sink.url().isPresent();
  }
}
