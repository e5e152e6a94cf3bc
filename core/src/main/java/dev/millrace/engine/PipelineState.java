package dev.millrace.engine;

import dev.millrace.model.Failure;
import dev.millrace.model.Term;
import java.time.Duration;
import java.util.List;

/** What a pipeline is doing, for people and for whoever waits for it. */
public sealed interface PipelineState {
  /** All there are. */
  List<String> NAMES = List.of("waiting", "starting", "running", "retrying", "stopped", "ended");

  /** One lower-case word, as status and metrics show it. */
  String name();

  /** One sentence more; empty when the name says all. */
  default String detail() {
    return "";
  }

  /** Not yet allowed to lead. */
  record Waiting() implements PipelineState {
    @Override
    public String name() {
      return "waiting";
    }
  }

  /** Opening connections. */
  record Starting(int attempt) implements PipelineState {
    @Override
    public String name() {
      return "starting";
    }

    @Override
    public String detail() {
      return attempt == 1 ? "" : "attempt " + attempt;
    }
  }

  /** Changes flow. */
  record Running(Term term) implements PipelineState {
    @Override
    public String name() {
      return "running";
    }

    @Override
    public String detail() {
      return "term " + term;
    }
  }

  /** Something failed that passes; it starts again after the pause. */
  record Retrying(Failure failure, Duration pause) implements PipelineState {
    @Override
    public String name() {
      return "retrying";
    }

    @Override
    public String detail() {
      return failure.code() + ": " + failure.message() + " (again in " + pause.toMillis() + " ms)";
    }
  }

  /** It will not start again by itself. */
  record Stopped(Failure failure) implements PipelineState {
    @Override
    public String name() {
      return "stopped";
    }

    @Override
    public String detail() {
      return failure.code() + ": " + failure.message();
    }
  }

  /** Ended on request. */
  record Ended() implements PipelineState {
    @Override
    public String name() {
      return "ended";
    }
  }
}
