package dev.millrace.config;

import java.util.List;

/** What reading a configuration came to. */
public sealed interface Reading {
  record Valid(MillraceConfig config) implements Reading {}

  /**
   * Nothing was taken over.
   *
   * @param problems all of them, in the order of the file; at least one
   */
  record Faulty(List<ConfigProblem> problems) implements Reading {
    public Faulty {
      problems = List.copyOf(problems);
    }
  }
}
