package io.gatehouse.testkit.product;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.testkit.ChildProcess;
import io.gatehouse.testkit.FailureReports;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One run of the built product ({@code appliance/target/dist}), with the JVM options that it ships
 * with and Netty's leak detector at its most suspicious: a leak that the run reports fails the test
 * on close.
 *
 * <pre>{@code
 * try (var node = Product.start("run", file.toString(), "--node", "l7-a")) {
 *   node.awaitLine("\"ready\"");
 *   ...
 *   node.signal("TERM");
 *   assertThat(node.awaitExit()).isZero();
 * }
 * }</pre>
 *
 * <p>Thread-safe. The lines are written by two reader threads and guarded by {@code this}.
 */
public final class Product implements AutoCloseable {
  /** For whatever is awaited without a limit of its own. */
  public static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final List<String> SUSPICIOUS = List.of("-Dio.netty.leakDetection.level=paranoid");
  private static final String MAIN = "io.gatehouse.appliance.Main";
  private static final String LEAK = "LEAK: ";

  private static final int MAX_LINES = 100_000;
  private static final int SIGNAL_SECONDS = 5;

  /** A line and where it was written. */
  public record Line(boolean error, String text) {}

  private final ChildProcess child;
  private final List<Line> lines = new ArrayList<>();
  private int openStreams = 2;

  private Product(ChildProcess child, String title) {
    this.child = child;
    FailureReports.watch(this, title, () -> lines().stream().map(Line::text).toList());
    read(child.process().getInputStream(), false);
    read(child.process().getErrorStream(), true);
  }

  /** Runs {@code gatehouse ARGUMENTS}. */
  public static Product start(String... arguments) {
    return start(SUSPICIOUS, arguments);
  }

  /**
   * Runs {@code gatehouse ARGUMENTS} with further JVM options, and without the leak detector unless
   * they ask for it: for tests that put load on it.
   *
   * @throws IllegalStateException if the product has not been built
   */
  public static Product start(List<String> jvmOptions, String... arguments) {
    return startWithin(List.of(), jvmOptions, arguments);
  }

  /**
   * Runs {@code gatehouse ARGUMENTS} without the capabilities that BPF takes, by setpriv(1), which
   * only root can.
   */
  public static Product startWithoutBpf(String... arguments) {
    return startWithin(
        List.of(
            "setpriv",
            "--bounding-set=-bpf,-net_admin,-sys_admin",
            "--inh-caps=-bpf,-net_admin,-sys_admin"),
        SUSPICIOUS,
        arguments);
  }

  /**
   * Runs it by another command, which puts itself before and is replaced by it, such as {@code
   * nsenter --net=FILE --}.
   *
   * @param prefix that command; empty for none
   * @throws IllegalStateException if the product has not been built
   */
  public static Product startWithin(
      List<String> prefix, List<String> jvmOptions, String... arguments) {
    var root = Path.of(System.getProperty("gatehouse.root", ".")).toAbsolutePath();
    var dist = root.resolve("appliance/target/dist");
    if (!Files.isDirectory(dist.resolve("lib"))) {
      throw new IllegalStateException(
          dist + " is missing: the tests of the running product need the package phase (verify)");
    }
    var command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + dist.resolve("jvm.options"));
    if (dist.resolve("start.aot").toFile().length() > 0) {
      command.add("-XX:AOTCache=" + dist.resolve("start.aot"));
    }
    command.addAll(jvmOptions);
    command.addAll(List.of("-cp", dist.resolve("lib") + "/*", "-Dgatehouse.dist=" + dist, MAIN));
    command.addAll(List.of(arguments));
    try {
      var child = ChildProcess.start(new ProcessBuilder(command));
      return new Product(child, "gatehouse " + String.join(" ", arguments));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs it to its end, which must come within {@link #PATIENCE}. */
  public static Ended run(String... arguments) {
    try (var product = start(arguments)) {
      int exitCode = product.awaitExit();
      return new Ended(exitCode, product.text(false), product.text(true));
    }
  }

  /** What a run that has ended leaves behind. */
  public record Ended(int exitCode, String out, String err) {}

  /** Process id. */
  public long pid() {
    return child.process().pid();
  }

  /** Whether it still runs. */
  public boolean isRunning() {
    return child.process().isAlive();
  }

  /** Everything that it has written so far, in the order of arrival. */
  public synchronized List<Line> lines() {
    return List.copyOf(lines);
  }

  private String text(boolean error) {
    var text = new StringBuilder();
    for (var line : lines()) {
      if (line.error() == error) {
        text.append(line.text()).append('\n');
      }
    }
    return text.toString();
  }

  /** Waits for a line that contains this text, now or earlier. */
  public String awaitLine(String text) {
    return awaitLine(line -> line.contains(text), PATIENCE);
  }

  /**
   * Waits for a line, now or earlier.
   *
   * @throws AssertionError if none comes in time or the product ends without it; the message holds
   *     what was written
   */
  public synchronized String awaitLine(Predicate<String> wanted, Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    for (int i = 0; ; i++) {
      int next = i;
      await(
          () -> next < lines.size() || openStreams == 0,
          deadline,
          "the line that was waited for did not come");
      if (next == lines.size()) {
        throw new AssertionError("it ended without the line that was waited for:\n" + allText());
      }
      if (wanted.test(lines.get(next).text())) {
        return lines.get(next).text();
      }
    }
  }

  /** Waits until it has ended and been read to the end; gives the exit code. */
  public int awaitExit() {
    return awaitExit(PATIENCE);
  }

  /**
   * Waits until it has ended and been read to the end.
   *
   * @return the exit code; 128 and the number of the signal that killed it
   * @throws AssertionError if it does not end in time
   */
  public int awaitExit(Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    await(() -> openStreams == 0, deadline, "it did not end");
    try {
      if (!child.process().waitFor(Math.max(0, deadline - System.nanoTime()), NANOSECONDS)) {
        throw new AssertionError("it closed its output and did not end");
      }
      return child.process().exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  private synchronized void await(BooleanSupplier reached, long deadline, String complaint) {
    try {
      while (!reached.getAsBoolean()) {
        long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
        if (leftMillis <= 0) {
          throw new AssertionError(complaint + " in time:\n" + allText());
        }
        wait(leftMillis);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  private synchronized String allText() {
    return String.join("\n", lines.stream().map(Line::text).toList());
  }

  /** Sends it a signal by name: TERM, INT, KILL, STOP, CONT. */
  public void signal(String name) {
    try {
      var kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid())).inheritIO().start();
      if (!kill.waitFor(SIGNAL_SECONDS, SECONDS) || kill.exitValue() != 0) {
        throw new IllegalStateException("signal " + name + " could not be sent to " + pid());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /**
   * Kills it if it still runs.
   *
   * @throws AssertionError if it has reported a buffer leak
   */
  @Override
  public void close() {
    child.close();
    FailureReports.closing(this);
    if (lines().stream().anyMatch(line -> line.text().contains(LEAK))) {
      throw new AssertionError("the product leaks:\n" + allText());
    }
  }

  private void read(InputStream stream, boolean error) {
    Thread.ofPlatform()
        .daemon()
        .name("read-" + pid() + (error ? "-err" : "-out"))
        .start(() -> readLines(stream, error));
  }

  private void readLines(InputStream stream, boolean error) {
    try (var reader = new BufferedReader(new InputStreamReader(stream, UTF_8))) {
      for (@Nullable String text = reader.readLine(); text != null; text = reader.readLine()) {
        add(new Line(error, text));
      }
    } catch (IOException e) {
      add(new Line(true, "(reading failed: " + e.getMessage() + ")"));
    } finally {
      ended();
    }
  }

  private synchronized void add(Line line) {
    if (lines.size() < MAX_LINES) {
      lines.add(line);
    } else if (lines.size() == MAX_LINES) {
      lines.add(new Line(true, "(what followed was too much to keep)"));
    }
    notifyAll();
  }

  private synchronized void ended() {
    openStreams--;
    notifyAll();
  }
}
