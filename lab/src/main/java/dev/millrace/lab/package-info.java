/**
 * Real servers for tests, the demo and the benchmarks: finds, starts, breaks and stops MongoDB,
 * NATS and PostgreSQL, makes a workload, and compares what a sink holds with what MongoDB holds.
 *
 * <p>Nothing here runs in production: methods wait, with a deadline, by asking again and again.
 */
@NullMarked
package dev.millrace.lab;

import org.jspecify.annotations.NullMarked;
