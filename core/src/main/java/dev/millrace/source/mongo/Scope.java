package dev.millrace.source.mongo;

import dev.millrace.model.CopyState;
import dev.millrace.model.NamePattern;
import dev.millrace.model.Namespace;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.bson.BsonArray;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonRegularExpression;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * What a pipeline follows: collections by name or by pattern ({@code orders_*}), all of a database,
 * or a whole deployment. The server filters by it as far as that pays; the client always does, so
 * the two may differ in effort and never in result.
 *
 * @param database the one database that is streamed; null streams the deployment, and patterns then
 *     read {@code database.collection}
 * @param patterns names and patterns; empty means all
 * @param own Millrace's own namespaces, never followed
 * @param removed names and patterns that are left out of those, in the same form
 */
public record Scope(
    @Nullable String database, List<String> patterns, Set<Namespace> own, Set<String> removed) {
  /**
   * Above this many names the server's filter costs more than it saves (measured: 200 cost 1.3 ×).
   */
  private static final int MOST_NAMES_FOR_SERVER = 100;

  private static final Set<String> SYSTEM_DATABASES = Set.of("admin", "local", "config");

  public Scope {
    patterns = List.copyOf(new LinkedHashSet<>(patterns));
    own = Set.copyOf(own);
    removed = Set.copyOf(removed);
  }

  /** With nothing left out. */
  public Scope(@Nullable String database, List<String> patterns, Set<Namespace> own) {
    this(database, patterns, own, Set.of());
  }

  /**
   * As an operator changed it. What is both added and removed is left out; what already is, or
   * already is not, followed changes nothing, so that equal scopes stay equal.
   */
  Scope edited(CopyState.Edits edits) {
    List<String> wanted = new ArrayList<>(patterns);
    for (String name : patterns.isEmpty() ? Set.<String>of() : edits.added()) {
      if (wanted.stream().noneMatch(pattern -> NamePattern.matches(pattern, name))) {
        wanted.add(name);
      }
    }
    Set<String> without = new TreeSet<>(removed);
    without.addAll(edits.removed());
    List<String> left = wanted.stream().filter(name -> !without.contains(name)).toList();
    // A list that became empty would mean all.
    List<String> next = left.isEmpty() ? wanted : left;
    without.removeIf(name -> !next.isEmpty() && next.stream().noneMatch(p -> meets(p, name)));
    return new Scope(database, next, own, without);
  }

  /** Whether some collection may match both; true where that is not known. */
  private static boolean meets(String one, String other) {
    return NamePattern.matches(one, other)
        || NamePattern.matches(other, one)
        || (NamePattern.isPattern(one) && NamePattern.isPattern(other));
  }

  /** Whether the stream is over the deployment. */
  boolean isDeployment() {
    return database == null;
  }

  boolean includes(Namespace namespace) {
    if (own.contains(namespace)
        || SYSTEM_DATABASES.contains(namespace.database())
        || namespace.collection().startsWith("system.")
        || (database != null && !database.equals(namespace.database()))) {
      return false;
    }
    String name = database != null ? namespace.collection() : namespace.toString();
    return (patterns.isEmpty()
            || patterns.stream().anyMatch(pattern -> NamePattern.matches(pattern, name)))
        && removed.stream().noneMatch(pattern -> NamePattern.matches(pattern, name));
  }

  /** Whether the drop of this database concerns the scope. */
  boolean includesDatabase(String name) {
    if (SYSTEM_DATABASES.contains(name)) {
      return false;
    }
    if (database != null) {
      return database.equals(name);
    }
    return patterns.isEmpty()
        || patterns.stream()
            .anyMatch(
                pattern -> NamePattern.matches(pattern.substring(0, pattern.indexOf('.')), name));
  }

  /** The names that are no patterns, as namespaces: what `check` looks up. */
  List<Namespace> named() {
    List<Namespace> names = new ArrayList<>();
    for (String pattern : patterns) {
      if (NamePattern.isPattern(pattern)
          || removed.stream().anyMatch(gone -> NamePattern.matches(gone, pattern))) {
        continue;
      }
      int dot = pattern.indexOf('.');
      names.add(
          database != null
              ? new Namespace(database, pattern)
              : new Namespace(pattern.substring(0, dot), pattern.substring(dot + 1)));
    }
    return names;
  }

  /** Equal for scopes that follow the same things: kept beside a position. */
  String fingerprint() {
    return (database == null ? "*" : database)
        + "/"
        + (patterns.isEmpty() ? "*" : String.join(",", new TreeSet<>(patterns)))
        + (removed.isEmpty() ? "" : "/-" + String.join(",-", new TreeSet<>(removed)));
  }

  /**
   * The {@code $match} of the stream by names; empty when there is nothing to leave out. Beside the
   * names it lets through what a plain filter on them loses: renames into the scope, and the two
   * events after which the server closes the cursor without a word (docs/ARCHITECTURE.md).
   */
  BsonDocument match() {
    BsonArray alternatives = new BsonArray();
    for (String side : List.of("ns", "to")) {
      BsonDocument names = names(side);
      if (!names.isEmpty()) {
        alternatives.add(names);
      }
    }
    if (alternatives.isEmpty()) {
      return new BsonDocument();
    }
    BsonArray always =
        new BsonArray(List.of(new BsonString("dropDatabase"), new BsonString("invalidate")));
    alternatives.add(new BsonDocument("operationType", new BsonDocument("$in", always)));
    return new BsonDocument("$or", alternatives);
  }

  /** Predicates for the events of our own collections, one each. */
  BsonArray ownOnes() {
    BsonArray ones = new BsonArray();
    for (Namespace each : own) {
      ones.add(
          new BsonDocument("ns.db", new BsonString(each.database()))
              .append("ns.coll", new BsonString(each.collection())));
    }
    return ones;
  }

  private BsonDocument names(String side) {
    BsonDocument names =
        patterns.size() > MOST_NAMES_FOR_SERVER ? new BsonDocument() : among(side, patterns);
    if (removed.isEmpty() || removed.size() > MOST_NAMES_FOR_SERVER) {
      return names;
    }
    // What has no such side at all is not among the removed either.
    if (names.isEmpty()) {
      names.append(side + ".coll", new BsonDocument("$exists", BsonBoolean.TRUE));
    }
    return names.append("$nor", new BsonArray(List.of(among(side, removed))));
  }

  private BsonDocument among(String side, Collection<String> these) {
    if (these.isEmpty()) {
      return new BsonDocument();
    }
    if (database != null) {
      return new BsonDocument(side + ".coll", new BsonDocument("$in", matchers(these)));
    }
    BsonArray either = new BsonArray();
    for (String pattern : these) {
      int dot = pattern.indexOf('.');
      either.add(
          new BsonDocument(side + ".db", in(pattern.substring(0, dot)))
              .append(side + ".coll", in(pattern.substring(dot + 1))));
    }
    return new BsonDocument("$or", either);
  }

  private static BsonDocument in(String pattern) {
    return new BsonDocument("$in", matchers(List.of(pattern)));
  }

  private static BsonArray matchers(Collection<String> patterns) {
    return patterns.stream()
        .<BsonValue>map(pattern ->
            NamePattern.isPattern(pattern)
                ? new BsonRegularExpression(NamePattern.regex(pattern), "s")
                : new BsonString(pattern))
        .collect(Collectors.toCollection(BsonArray::new));
  }
}
