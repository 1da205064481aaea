package io.gatehouse.testkit.peer;

import java.io.IOException;
import java.util.List;

/** A peer's program while it runs, whichever way. */
interface PeerRun extends AutoCloseable {
  /** For the log: {@code local haproxy 2.6.12}. */
  String description();

  boolean isRunning();

  /** What the program has written so far, standard output and error together. */
  String log();

  /** Runs a command beside the program and returns what it wrote. */
  String execute(List<String> command) throws IOException, InterruptedException;

  /** Kills the program and waits until it is gone. */
  @Override
  void close();
}
