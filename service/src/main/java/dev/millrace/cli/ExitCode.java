package dev.millrace.cli;

import dev.millrace.model.Failure;
import java.util.Set;

/** What the process ends with; every command's help lists them. */
final class ExitCode {
  public static final int OK = 0;

  /** It was done and did not succeed, or two things that should be equal are not. */
  public static final int FAILED = 1;

  /** Wrong arguments or configuration; nothing was begun. */
  public static final int USAGE = 2;

  /** Refused because the pipeline is running. */
  public static final int RUNNING = 3;

  /** A server that was needed cannot be reached. */
  public static final int UNREACHABLE = 4;

  static final String HEADING = "%nExit codes:%n";
  static final String L0 = "0:done";
  static final String L1 = "1:failed, or what was compared is not equal";
  static final String L2 = "2:wrong arguments or configuration";
  static final String L3 = "3:refused, because the pipeline is running";
  static final String L4 = "4:a server cannot be reached";
  static final String L1_ASKED = "1:the running instance refused; its sentence says why";
  static final String L2_ASKED =
      "2:wrong arguments, configuration or token, or an instance without one";
  static final String L4_ASKED = "4:no Millrace answers";
  static final String L130 = "130, 143:ended by SIGINT or SIGTERM, after an orderly stop";

  private static final Set<String> USAGE_CODES =
      Set.of("MR-CONFIG", "MR-HTTP-PORT", "MR-VERIFY-LOG", "MR-VERIFY-NOTHING", "MR-VERIFY-SCOPE");

  private ExitCode() {}

  /** Of a refusal by a running instance. */
  static int ofHttp(int status) {
    return switch (status) {
      case 400, 401, 403, 404 -> USAGE;
      default -> FAILED;
    };
  }

  static int of(Failure failure) {
    return switch (failure) {
      case Failure.Transient t -> UNREACHABLE;
      case Failure.Fenced f -> RUNNING;
      case Failure.Again a -> FAILED;
      case Failure.PositionLost p -> FAILED;
      case Failure.Fatal f -> USAGE_CODES.contains(f.code()) ? USAGE : FAILED;
    };
  }
}
