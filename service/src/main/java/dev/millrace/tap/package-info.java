/**
 * The Singer tap: one run reads the collections that a catalog selects and writes messages to
 * stdout, with states to go on from. It has the engine's readers and none of its pipelines, for
 * what is durable is the target's to say, and that comes back as the state of the next run.
 */
package dev.millrace.tap;
