package dev.millrace.http;

import dev.millrace.config.Secret;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.Set;

/** Lets nobody change anything who does not show the token. */
final class WriteGuard {
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final String SCHEME = "Bearer ";
  private static final Set<HandlerType> READING =
      Set.of(HandlerType.GET, HandlerType.HEAD, HandlerType.OPTIONS);

  private final Optional<Secret> token;

  WriteGuard(Optional<Secret> token) {
    this.token = token;
  }

  /** Why not; empty where it may go on. */
  Optional<Answer> refusal(Context context) {
    if (READING.contains(context.method())) {
      return Optional.empty();
    }
    if (token.isEmpty()) {
      return Optional.of(
          new Answer(FORBIDDEN, "MR-HTTP-READ-ONLY", "HTTP is read-only: set HTTP_TOKEN"));
    }
    String shown = Optional.ofNullable(context.header("Authorization")).orElse("");
    if (shown.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
        && same(shown.substring(SCHEME.length()).strip(), token.get())) {
      return Optional.empty();
    }
    context.header("WWW-Authenticate", SCHEME.strip());
    return Optional.of(
        new Answer(
            UNAUTHORIZED,
            "MR-HTTP-TOKEN",
            "the token is missing or not the one that this instance was started with: send Authorization: Bearer with HTTP_TOKEN"));
  }

  /** Takes as long for a near miss as for a far one. */
  private static boolean same(String shown, Secret token) {
    return MessageDigest.isEqual(
        shown.getBytes(StandardCharsets.UTF_8), token.reveal().getBytes(StandardCharsets.UTF_8));
  }
}
