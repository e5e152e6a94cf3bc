package dev.millrace.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import dev.millrace.config.LogConfig;
import java.util.List;
import org.slf4j.LoggerFactory;

/**
 * Logs go to stderr, one line per event: stdout belongs to the stdout sink. Found by logback as a
 * service, so that no file has to be parsed at the start.
 */
public final class LogSetup extends ContextAwareBase implements Configurator {
  /** They tell of every connection; what matters of it, Millrace says itself. */
  private static final List<String> QUIET =
      List.of("org.mongodb", "io.nats", "io.javalin", "org.eclipse.jetty");

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    if (System.getProperty("logback.configurationFile") != null) {
      return ExecutionStatus.INVOKE_NEXT_IF_ANY;
    }
    apply(context, LogConfig.DEFAULT);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /** From now on. Does nothing where a logback file of the operator's own is in charge. */
  static void use(LogConfig log) {
    if (System.getProperty("logback.configurationFile") == null
        && LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      apply(context, log);
    }
  }

  private static void apply(LoggerContext context, LogConfig log) {
    LineEncoder encoder = new LineEncoder(log.format());
    encoder.setContext(context);
    encoder.start();
    ConsoleAppender<ILoggingEvent> stderr = new ConsoleAppender<>();
    stderr.setContext(context);
    stderr.setTarget("System.err");
    stderr.setEncoder(encoder);
    stderr.start();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.detachAndStopAllAppenders();
    root.addAppender(stderr);
    root.setLevel(Level.toLevel(log.level().name()));
    Level drivers = log.level() == LogConfig.Level.ERROR ? Level.ERROR : Level.WARN;
    QUIET.forEach(name -> context.getLogger(name).setLevel(drivers));
  }
}
