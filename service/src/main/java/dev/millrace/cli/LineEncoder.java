package dev.millrace.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import dev.millrace.config.LogConfig.Format;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.json.JsonMapper;

/** One line per event, whatever is in it: a stack trace too, its frames set apart by arrows. */
final class LineEncoder extends EncoderBase<ILoggingEvent> {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
  private static final byte[] NONE = {};

  private static final AtomicLong LINES = new AtomicLong();

  private final Format format;

  LineEncoder(Format format) {
    this.format = format;
  }

  /** How many were written so far, by all of them. */
  static long lines() {
    return LINES.get();
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    LINES.incrementAndGet();
    String line = format == Format.JSON ? json(event) : text(event);
    return (line + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static String text(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(160);
    line.append(TIME.format(event.getInstant()))
        .append(' ')
        .append("%-5s".formatted(event.getLevel()))
        .append(' ')
        .append(flat(event.getFormattedMessage()).strip());
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      line.append(" | ").append(flat(ThrowableProxyUtil.asString(thrown)));
    }
    return line.toString();
  }

  private static String json(ILoggingEvent event) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("time", TIME.format(event.getInstant()));
    fields.put("level", event.getLevel().toString());
    fields.put("logger", event.getLoggerName());
    fields.put("thread", event.getThreadName());
    fields.put("message", event.getFormattedMessage().strip());
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      fields.put("error", ThrowableProxyUtil.asString(thrown));
    }
    return Json.MAPPER.writeValueAsString(fields);
  }

  private static String flat(String text) {
    return text.indexOf('\n') < 0 ? text : text.strip().replaceAll("\\R\\s*", " ← ");
  }

  @Override
  public byte[] headerBytes() {
    return NONE;
  }

  @Override
  public byte[] footerBytes() {
    return NONE;
  }

  /** Loaded only where JSON is wanted. */
  private static final class Json {
    static final JsonMapper MAPPER = new JsonMapper();
  }
}
