package dev.millrace.bench;

import dev.millrace.repro.SessionTimeout;
import java.util.Arrays;
import java.util.List;

/** `bench/run`, `bench/soak` and the scripts below `repro`. */
public final class Main {
  private static final int MISUSED = 2;

  private Main() {}

  public static void main(String[] args) throws Exception {
    if (args.length > 0 && args[0].equals("child")) {
      Child.run(Arrays.copyOfRange(args, 1, args.length));
      return;
    }
    System.exit(run(List.of(args)));
  }

  private static int run(List<String> args) throws Exception {
    String command = args.isEmpty() ? "" : args.getFirst();
    try {
      return switch (command) {
        case "stream" -> StreamBench.main(rest(args)) ? 0 : 1;
        case "copy" -> CopyBench.main(rest(args), false) ? 0 : 1;
        case "copy-while-writing" -> CopyBench.main(rest(args), true) ? 0 : 1;
        case "sql" -> SqlBench.main(rest(args)) ? 0 : 1;
        // Called by repro/session-timeout.
        case "session-timeout" -> SessionTimeout.main(rest(args));
        case "tap" -> TapBench.main(rest(args)) ? 0 : 1;
        case "soak" -> Soak.main(rest(args)) ? 0 : 1;
        default -> {
          System.err.print(
              String.join(
                  "\n",
                  StreamBench.usage(),
                  CopyBench.usage(),
                  SqlBench.usage(),
                  TapBench.USAGE,
                  Soak.usage()));
          yield command.endsWith("help") ? 0 : MISUSED;
        }
      };
    } catch (UsageException e) {
      System.err.println(command + ": " + e.getMessage());
      return MISUSED;
    }
  }

  private static List<String> rest(List<String> args) {
    return args.subList(1, args.size());
  }
}
