package dev.millrace.http;

import java.time.Instant;

/**
 * This process, as others see it.
 *
 * @param id unique to it; kept with the term in the checkpoint store
 * @param address where its HTTP answers, {@code host:port}
 */
public record Instance(String id, String version, Instant started, String address) {}
