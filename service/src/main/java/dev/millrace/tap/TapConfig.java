package dev.millrace.tap;

import dev.millrace.config.Secret;
import java.util.Optional;

/**
 * Where a tap reads from.
 *
 * @param uri the connection string
 * @param login the database of the login, where there is one
 * @param databaseInNames whether streams are called {@code database_collection} at the target
 */
public record TapConfig(Secret uri, Optional<String> login, boolean databaseInNames) {}
