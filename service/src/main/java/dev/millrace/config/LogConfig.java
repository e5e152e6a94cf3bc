package dev.millrace.config;

/** How logs are written; always to stderr. */
public record LogConfig(Format format, Level level) {
  public static final LogConfig DEFAULT = new LogConfig(Format.TEXT, Level.INFO);

  public enum Format {
    TEXT,
    JSON
  }

  public enum Level {
    ERROR,
    WARN,
    INFO,
    DEBUG,
    TRACE
  }
}
