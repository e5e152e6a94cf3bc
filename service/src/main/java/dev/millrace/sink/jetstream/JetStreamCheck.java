package dev.millrace.sink.jetstream;

import dev.millrace.config.SinkConfig;
import dev.millrace.model.Finding;
import dev.millrace.model.MillraceException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Says in words whether a JetStream sink would work, without making or changing anything. */
public final class JetStreamCheck {
  /** A restart that takes longer than this may deliver twice where only the window guards. */
  private static final Duration RESTART = Duration.ofMinutes(2);

  private JetStreamCheck() {}

  /** What was looked at, and what is wrong. */
  public static List<Finding> check(SinkConfig.JetStream config) {
    List<Finding> findings = new ArrayList<>();
    try (NatsSession session = NatsSession.open(config, "millrace check")) {
      StreamAdmin admin = new StreamAdmin(session, config.stream());
      Optional<StreamView> stream = admin.find();
      stream
          .flatMap(admin::unfit)
          .map(unfit -> Finding.fault(unfit.failure()))
          .ifPresentOrElse(findings::add, () -> findings.add(found(config, session, stream)));
      if (!session.isAtLeast(StreamAdmin.ATOMIC_SINCE)) {
        findings.add(notAtomic(session, stream));
      }
    } catch (MillraceException e) {
      findings.add(Finding.fault(e.failure()));
    }
    return findings;
  }

  private static Finding found(
      SinkConfig.JetStream config, NatsSession session, Optional<StreamView> stream) {
    return Finding.ok(
        "nats-server %s at %s, stream %s %s"
            .formatted(
                session.version(),
                session.where(),
                config.stream(),
                stream.isPresent() ? "is there" : "will be created"));
  }

  private static Finding notAtomic(NatsSession session, Optional<StreamView> stream) {
    Duration window =
        stream.map(view -> Duration.ofNanos(view.duplicateWindowNanos())).orElse(RESTART);
    String repeats =
        window.compareTo(RESTART) < 0
            ? "; its duplicate window of %d s is short, 2 minutes would guard a restart"
                .formatted(window.toSeconds())
            : "";
    return Finding.warning(
        "MR-NATS-NOT-ATOMIC",
        "nats-server at %s is %s: it works, but batches are atomic, and a transaction whole, from %s on%s"
            .formatted(session.where(), session.version(), StreamAdmin.ATOMIC_SINCE, repeats));
  }
}
