package dev.millrace.config;

import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Environment variables, and what is wrong with them. One that is empty counts as unset. */
final class Variables {
  static final String POSITIONS = "MONGO_RESUME_TOKENS_COLLECTION";
  static final String DEFAULT_POSITIONS = "cs_resume_tokens";

  private final Map<String, String> environment;
  private final Problems problems;

  Variables(Map<String, String> environment, Problems problems) {
    this.environment = environment;
    this.problems = problems;
  }

  Optional<String> text(String key) {
    return Optional.ofNullable(environment.get(key)).map(String::strip).filter(t -> !t.isEmpty());
  }

  <T> Optional<T> value(String key, Function<String, Optional<T>> parser, String expected) {
    Optional<String> text = text(key);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Optional<T> value = parser.apply(text.get());
    if (value.isEmpty()) {
      problems.add(key, quoted(text.get()), expected);
    }
    return value;
  }

  /** The name of the collection with positions. */
  String positions() {
    return text(POSITIONS).orElse(DEFAULT_POSITIONS);
  }

  /** HTTP on all interfaces, for whoever says all by variables runs in a container. */
  HttpConfig http() {
    int port = value("HTTP_PORT", Values::port, Values.PORT).orElse(HttpConfig.DEFAULT_PORT);
    return new HttpConfig(HttpConfig.ALL_INTERFACES, port, token());
  }

  private Optional<Secret> token() {
    Optional<String> text = text(HttpConfig.TOKEN_VARIABLE);
    Optional<Secret> token = text.flatMap(Values::token);
    if (text.isPresent() && token.isEmpty()) {
      problems.add(HttpConfig.TOKEN_VARIABLE, Problems.NOT_SHOWN, Values.TOKEN);
    }
    return token;
  }

  static String quoted(String text) {
    return '"' + text + '"';
  }
}
