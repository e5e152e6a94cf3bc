package dev.millrace.verify;

import dev.millrace.model.Namespace;

/** Is told how far it is, by the thread that does it. */
public interface Progress {
  /** What is gone through. */
  enum Part {
    DOCUMENTS,
    ROWS
  }

  /**
   * @param done documents or rows so far
   * @param estimated all of them; below 0 where not known
   */
  void at(Namespace namespace, Part part, long done, long estimated);

  /** Something that a person should know of. */
  void say(String line);
}
