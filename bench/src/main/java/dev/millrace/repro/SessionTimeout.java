package dev.millrace.repro;

import com.mongodb.MongoException;
import dev.millrace.lab.ServerUnavailable;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/**
 * The scripts of {@code repro/session-timeout}: init, run-broken, run-resumed, run-patched, stop.
 */
public final class SessionTimeout {
  private static final int FAILED = 1;
  private static final int MISUSED = 2;

  private SessionTimeout() {}

  /**
   * One script.
   *
   * @param args its name and its options
   * @return the exit status; 2 for a wrong use
   */
  public static int main(List<String> args) throws InterruptedException {
    PrintStream out = System.out;
    try {
      return script(args, out);
    } catch (UsageException e) {
      System.err.println("repro: " + e.getMessage());
      return MISUSED;
    } catch (IOException | MongoException | ServerUnavailable e) {
      System.err.println("repro: " + e.getMessage());
      return FAILED;
    }
  }

  private static int script(List<String> args, PrintStream out)
      throws IOException, InterruptedException {
    String script = args.isEmpty() ? "" : args.getFirst();
    List<String> options = new ArrayList<>(args.subList(Math.min(1, args.size()), args.size()));
    Place place = Place.standard();
    return switch (script) {
      case "init" -> init(place, options, out);
      case "stop" -> {
        refuseRest(script, options, "none");
        Server.stop(place);
        yield 0;
      }
      case "run-broken" -> run(place, Lives.BROKEN, options, out);
      case "run-resumed" -> run(place, Lives.RESUMED, options, out);
      case "run-patched" -> run(place, Lives.PATCHED, options, out);
      default -> throw new UsageException("no script " + script);
    };
  }

  private static int init(Place place, List<String> options, PrintStream out)
      throws IOException, InterruptedException {
    Times times = options.remove("--faithful") ? Times.faithful() : Times.quick();
    refuseRest("init", options, "--faithful");
    new Init(place, times, out).run();
    return 0;
  }

  private static int run(Place place, Lives lives, List<String> options, PrintStream out)
      throws IOException, InterruptedException {
    boolean fullTable = options.remove("--full-table");
    boolean publicTap = false;
    int with = options.indexOf("--with");
    if (with >= 0 && with + 1 < options.size() && options.get(with + 1).equals("tap-mongodb")) {
      options.subList(with, with + 2).clear();
      publicTap = true;
    }
    refuseRest(lives.script(), options, "--full-table and --with tap-mongodb");
    return new Run(place, lives, fullTable, publicTap, out).run();
  }

  private static void refuseRest(String script, List<String> rest, String options) {
    if (!rest.isEmpty()) {
      throw new UsageException(
          "%s does not know %s; its options: %s"
              .formatted(script, String.join(" ", rest), options));
    }
  }
}
