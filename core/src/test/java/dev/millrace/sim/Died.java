package dev.millrace.sim;

/**
 * Thrown into every thread of an instance that was killed: an Error, so that nothing handles it.
 */
final class Died extends Error {
  private static final long serialVersionUID = 1L;

  Died() {
    super("killed by the simulation", null, false, false);
  }
}
