package dev.millrace.config;

import dev.millrace.model.Operation;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bson.BsonTimestamp;

/** From text to values; empty where the text is none. */
public final class Values {
  public static final String DURATION = "a duration such as 300ms, 10s, 5m or PT10S";
  public static final String BYTES = "a size such as 512KiB, 32MiB or 1GB";
  static final String PORT = "a port, 0 to 65535 (0 takes a free one)";
  static final String NAME = "letters a-z, digits, - and _";
  static final String STREAM = "a JetStream stream name: no spaces, dots, slashes, * or > in it";
  static final String SERVER = "nats://host:4222 or tls://host:4222";
  static final String OPERATION =
      "some of " + Arrays.stream(Operation.values()).map(Operation::wireName).toList();
  static final String TIME = "a time such as 2026-01-01T00:00:00Z, or unix seconds";

  static final String TRUTH = "true or false";
  static final String TOKEN = "visible ASCII characters, as they travel in an HTTP header";

  private static final Pattern NUMBER_UNIT = Pattern.compile("(\\d{1,15})\\s*([A-Za-z]*)");
  private static final Pattern NAME_PATTERN = Pattern.compile("[a-z0-9_-]+");
  private static final Pattern STREAM_PATTERN = Pattern.compile("[^\\s.*>/\\\\\\p{Cntrl}]+");
  private static final Set<String> NATS_SCHEMES = Set.of("nats", "tls", "opentls", "ws", "wss");
  private static final Map<String, Long> BYTE_UNITS =
      Map.of(
          "",
          1L,
          "b",
          1L,
          "kb",
          1_000L,
          "mb",
          1_000_000L,
          "gb",
          1_000_000_000L,
          "kib",
          1L << 10,
          "mib",
          1L << 20,
          "gib",
          1L << 30);

  private Values() {}

  public static Optional<Duration> duration(String text) {
    Matcher matcher = NUMBER_UNIT.matcher(text);
    if (matcher.matches()) {
      long number = Long.parseLong(matcher.group(1));
      return switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
        case "ms" -> Optional.of(Duration.ofMillis(number));
        case "s" -> Optional.of(Duration.ofSeconds(number));
        case "m" -> Optional.of(Duration.ofMinutes(number));
        case "h" -> Optional.of(Duration.ofHours(number));
        default -> Optional.empty();
      };
    }
    try {
      Duration duration = Duration.parse(text);
      return duration.isNegative() ? Optional.empty() : Optional.of(duration);
    } catch (DateTimeParseException notIso) {
      return Optional.empty();
    }
  }

  /** A number of bytes, with a unit or without. */
  public static Optional<Long> bytes(String text) {
    Matcher matcher = NUMBER_UNIT.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    Long unit = BYTE_UNITS.get(matcher.group(2).toLowerCase(Locale.ROOT));
    long number = Long.parseLong(matcher.group(1));
    return unit == null || number == 0 || number > (1L << 40) / unit
        ? Optional.empty()
        : Optional.of(number * unit);
  }

  static Optional<Integer> integer(String text, int from, int to) {
    if (!text.matches("\\d{1,9}")) {
      return Optional.empty();
    }
    int number = Integer.parseInt(text);
    return number >= from && number <= to ? Optional.of(number) : Optional.empty();
  }

  static Optional<Integer> port(String text) {
    return integer(text, 0, 65_535);
  }

  static Optional<String> name(String text) {
    return Optional.of(text).filter(t -> NAME_PATTERN.matcher(t).matches());
  }

  static Optional<String> streamName(String text) {
    return Optional.of(text).filter(t -> STREAM_PATTERN.matcher(t).matches());
  }

  static Optional<Boolean> truth(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true" -> Optional.of(true);
      case "false" -> Optional.of(false);
      default -> Optional.empty();
    };
  }

  static Optional<Secret> token(String text) {
    return Optional.of(text).filter(t -> t.matches("[!-~]+")).map(Secret::new);
  }

  static Optional<Operation> operation(String text) {
    return Operation.named(text);
  }

  static Optional<Secret> natsServer(String text) {
    try {
      URI uri = new URI(text.contains("://") ? text : "nats://" + text);
      boolean sound = uri.getHost() != null && NATS_SCHEMES.contains(uri.getScheme());
      return sound ? Optional.of(new Secret(text)) : Optional.empty();
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  /** A cluster time, from an ISO time with a zone or from unix seconds; the first of its second. */
  public static Optional<BsonTimestamp> time(String text) {
    Optional<Long> seconds =
        text.matches("\\d{1,10}") ? Optional.of(Long.valueOf(text)) : isoSeconds(text);
    // Increments begin at 1, and the time 0 means to the server that there is none.
    return seconds
        .filter(s -> s > 0 && s <= 0xFFFF_FFFFL)
        .map(s -> new BsonTimestamp((int) (long) s, 1));
  }

  private static Optional<Long> isoSeconds(String text) {
    try {
      return Optional.of(OffsetDateTime.parse(text).toEpochSecond());
    } catch (DateTimeParseException notWithOffset) {
      try {
        return Optional.of(Instant.parse(text).getEpochSecond());
      } catch (DateTimeParseException notIso) {
        return Optional.empty();
      }
    }
  }

  /** The parts of a comma list, without blanks around them and without empty ones. */
  static List<String> list(String text) {
    return Arrays.stream(text.split(","))
        .map(String::strip)
        .filter(part -> !part.isEmpty())
        .toList();
  }
}
