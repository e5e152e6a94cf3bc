package dev.millrace.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One running nats-server with JetStream on a loopback port, with handles to break it. {@link
 * #close} kills it and removes its store; so do the end and the sudden death of this JVM.
 * Thread-safe.
 */
public final class NatsServer implements AutoCloseable {
  private static final Duration READY_DEADLINE = Duration.ofSeconds(30);
  private static final int GREETING_MILLIS = 1_000;
  private static final int PORT_TRIES = 5;

  private final Path binary;
  private final Version version;
  private final Path folder;
  private final String settings;
  private final String urlStart;
  private volatile int port;
  private volatile @Nullable ServerProcess process;

  NatsServer(Path binary, Version version, Path folder, String settings, String urlStart) {
    this.binary = binary;
    this.version = version;
    this.folder = folder;
    this.settings = settings;
    this.urlStart = urlStart;
  }

  /** Says what to start. */
  public static NatsServerBuilder builder() {
    return new NatsServerBuilder();
  }

  synchronized void startAnywhere() throws IOException {
    for (int i = 1; ; i++) {
      port = Ports.free();
      Files.writeString(config(), settings.replaceFirst("%d", Integer.toString(port)));
      if (launch()) {
        return;
      }
      if (i == PORT_TRIES || !logTail().contains("address already in use")) {
        throw notStarted();
      }
    }
  }

  /** False when the process ended instead of getting ready. */
  private boolean launch() throws IOException {
    process =
        ServerProcess.start(
            List.of(binary.toString(), "-c", config().toString()),
            folder.resolve("output.log"),
            folder);
    Poll.until(READY_DEADLINE, () -> !isAlive() || greets(), this::notStarted);
    return isAlive();
  }

  /** JetStream has read its store before the server lets anybody in, so a greeting is enough. */
  private boolean greets() {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port), GREETING_MILLIS);
      socket.setSoTimeout(GREETING_MILLIS);
      String line =
          new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
              .readLine();
      return line != null && line.startsWith("INFO ");
    } catch (IOException e) {
      return false;
    }
  }

  private ServerUnavailable notStarted() {
    return new ServerUnavailable(
        ServerUnavailable.NOT_STARTED,
        "nats-server did not start. Its log ends with:\n" + logTail());
  }

  private String logTail() {
    return LogTail.of(folder.resolve("output.log"), logFile());
  }

  /** How to reach it, with user and password or token if it demands them. */
  public String url() {
    return urlStart + "127.0.0.1:" + port;
  }

  /** The loopback port it listens on, for all its life. */
  public int port() {
    return port;
  }

  /** Its process id; another one after {@link #restart}. */
  public long pid() {
    return process().pid();
  }

  /** What the binary says it is. */
  public Version version() {
    return version;
  }

  /** Whether it knows atomic batches with message ids (2.12.1 and newer). */
  public boolean atomicBatches() {
    return version.isAtLeast(Binaries.ATOMIC_BATCHES);
  }

  /** Where it writes its log. */
  public Path logFile() {
    return folder.resolve("nats.log");
  }

  /** Whether its process exists; a paused one does. */
  public boolean isAlive() {
    ServerProcess running = process;
    return running != null && running.isAlive();
  }

  /** Kills it without warning (SIGKILL); returns once it is gone. */
  public void kill() {
    process().kill();
  }

  /** Stops it from running (SIGSTOP): connections stay open, but it does not answer. */
  public void pause() {
    process().pause();
  }

  /** Lets it run on after {@link #pause}. */
  public void resume() {
    process().resume();
  }

  /**
   * Kills it if it runs, and starts it again with the same port and store; waits until it greets.
   */
  public synchronized void restart() {
    process().kill();
    try {
      if (!launch()) {
        throw notStarted();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ServerProcess process() {
    ServerProcess running = process;
    if (running == null) {
      throw new IllegalStateException("nats-server was never started");
    }
    return running;
  }

  private Path config() {
    return folder.resolve("nats.conf");
  }

  @Override
  public synchronized void close() {
    if (isAlive()) {
      process().kill();
    }
    try {
      ServerProcess.removeScratch(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
