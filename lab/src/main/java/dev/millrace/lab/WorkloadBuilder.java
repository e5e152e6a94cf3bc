package dev.millrace.lab;

import com.mongodb.client.MongoClient;

/** What a {@link Workload} does; every setting has a default. */
public final class WorkloadBuilder {
  final MongoClient client;
  final String database;
  long seed = 1;
  int collections = 4;
  int documents = 1_000;
  int documentBytes = 1_024;
  double rate;
  int transactionPercent = 3;
  boolean endless;

  WorkloadBuilder(MongoClient client, String database) {
    this.client = client;
    this.database = database;
  }

  /** The same seed and settings make the same documents; 1 by default. */
  public WorkloadBuilder seed(long value) {
    seed = value;
    return this;
  }

  /** How many collections, named {@code c0}, {@code c1} and so on; 4 by default. */
  public WorkloadBuilder collections(int count) {
    collections = atLeast(1, count);
    return this;
  }

  /** How many distinct documents are written in all collections together; 1,000 by default. */
  public WorkloadBuilder documents(int count) {
    documents = atLeast(1, count);
    return this;
  }

  /** Their size, roughly; 1,024 by default, some 400 are the least. */
  public WorkloadBuilder documentBytes(int bytes) {
    documentBytes = atLeast(1, bytes);
    return this;
  }

  /** Operations per second, 0 (the default) for as many as the server takes. */
  public WorkloadBuilder rate(double operationsPerSecond) {
    if (!(operationsPerSecond >= 0)) {
      throw new IllegalArgumentException("A rate of " + operationsPerSecond);
    }
    rate = operationsPerSecond;
    return this;
  }

  /** How many of 100 steps are transactions, 3 by default; must be 0 on a standalone server. */
  public WorkloadBuilder transactionPercent(int percent) {
    transactionPercent = atLeast(0, percent);
    return this;
  }

  /** Goes on changing the documents, once all exist, until {@link Workload#stop}. */
  public WorkloadBuilder endless() {
    endless = true;
    return this;
  }

  /** Ready to run; nothing is written yet. */
  public Workload build() {
    return new Workload(this);
  }

  private static int atLeast(int least, int value) {
    if (value < least) {
      throw new IllegalArgumentException(value + " is less than " + least);
    }
    return value;
  }
}
