package dev.millrace.verify;

import org.bson.BsonValue;

/**
 * One row that differs from its document.
 *
 * @param id what to ask for the document by
 */
public record Differing(Difference how, BsonValue id) {}
