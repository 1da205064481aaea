package io.gatehouse.testkit;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * A process that does not outlive its test: closing kills it and its descendants, and so does the
 * end of the JVM. Thread-safe: it holds no state that changes.
 */
public final class ChildProcess implements AutoCloseable {
  private static final int EXIT_SECONDS = 10;

  private final Process process;
  private final Thread killAtExit;

  private ChildProcess(Process process) {
    this.process = process;
    this.killAtExit = new Thread(this::kill, "kill-" + process.pid());
    Runtime.getRuntime().addShutdownHook(killAtExit);
  }

  /** Starts a process with an empty standard input. */
  public static ChildProcess start(ProcessBuilder builder) throws IOException {
    var process = builder.start();
    process.getOutputStream().close();
    return new ChildProcess(process);
  }

  /** The process itself. */
  public Process process() {
    return process;
  }

  /** Kills it and waits until it is gone. */
  @Override
  public void close() {
    kill();
    try {
      process.onExit().get(EXIT_SECONDS, SECONDS);
      Runtime.getRuntime().removeShutdownHook(killAtExit);
    } catch (IllegalStateException e) {
      // the JVM is going down: the hook does the same work
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("process " + process.pid() + " does not die", e);
    }
  }

  /** Descendants first: a master would start its workers again. */
  private void kill() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
