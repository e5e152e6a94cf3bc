package dev.millrace.demo;

/**
 * What the demo does.
 *
 * @param documents distinct documents to touch; 0 is endless
 * @param preload how many of them are there before the relay starts
 * @param rate operations a second; 0 is as fast as it goes
 * @param untilOver whether it ends when the workload does
 * @param kills how often the relay is killed on the way
 */
public record DemoWork(
    long seed, int documents, int preload, int rate, boolean untilOver, int kills) {}
