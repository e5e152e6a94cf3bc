package dev.millrace.lab;

import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.bson.conversions.Bson;

/** Makes the documents of one workload, and updates that fit them. */
interface Documents {
  /**
   * A document of about the wanted size, the id first.
   *
   * @param n how many the workload made before
   */
  BsonDocument document(BsonValue id, long n);

  /** One of many shapes of update, for a document made here. */
  Bson update();
}
