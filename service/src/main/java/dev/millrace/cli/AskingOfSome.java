package dev.millrace.cli;

import java.util.List;
import java.util.Map;
import picocli.CommandLine.Parameters;

/** A command on some collections of a pipeline, or on all. */
abstract class AskingOfSome extends Asking {
  @Parameters(
      paramLabel = "NAME",
      arity = "0..*",
      description = {
        "Collections, as the configuration spells them: in a deployment database.collection. None means all."
      })
  private List<String> names = List.of();

  AskingOfSome(Console console, String what) {
    super(console, what, new Configured());
  }

  @Override
  Map<String, List<String>> body() {
    return Map.of("collections", names);
  }
}
