package dev.millrace.config;

import java.util.ArrayList;
import java.util.List;

/** Collects faults, so that a person sees all of them at once. */
final class Problems {
  static final String NOT_SHOWN = "a value (not shown)";

  private final List<ConfigProblem> found = new ArrayList<>();

  void add(String key, String what, String expected) {
    found.add(new ConfigProblem(key, what, expected));
  }

  List<ConfigProblem> found() {
    return List.copyOf(found);
  }

  Reading reading(MillraceConfig config) {
    return found.isEmpty() ? new Reading.Valid(config) : new Reading.Faulty(found);
  }
}
