/**
 * The engine against a model of MongoDB and sinks that fail, in virtual time: one seed decides
 * everything that happens. {@code Simulation} is one run, {@code Simulator} runs many, {@code
 * Mutant} lists the faults that must be found, {@code Auditor} says what a fault is.
 */
@org.jspecify.annotations.NullMarked
package dev.millrace.sim;
