package io.gatehouse.testkit.peer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/**
 * Prints the logs of a test's peers when the test fails: of those that still run, and of those that
 * it has closed on its way out. Thread-safe; what it keeps is bounded by the peers of one test.
 */
public final class PeerLogs implements TestExecutionListener {
  private static final int MAX_LINES = 200;
  private static final int MAX_CLOSED = 16;

  private static final Set<Peer> RUNNING = new LinkedHashSet<>();
  private static final Deque<String> CLOSED = new ArrayDeque<>();

  static synchronized void started(Peer peer) {
    RUNNING.add(peer);
  }

  static synchronized void closing(Peer peer) {
    if (RUNNING.remove(peer)) {
      CLOSED.addLast(report(peer));
      if (CLOSED.size() > MAX_CLOSED) {
        CLOSED.removeFirst();
      }
    }
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    if (!test.isTest()) {
      return;
    }
    boolean failed = result.getStatus() == TestExecutionResult.Status.FAILED;
    takeReports(failed).forEach(System.err::println);
  }

  private static synchronized List<String> takeReports(boolean failed) {
    var reports = new ArrayList<String>();
    if (failed) {
      reports.addAll(CLOSED);
      RUNNING.forEach(peer -> reports.add(report(peer)));
    }
    CLOSED.clear();
    return reports;
  }

  private static String report(Peer peer) {
    var lines = peer.log().lines().toList();
    var tail = lines.subList(Math.max(0, lines.size() - MAX_LINES), lines.size());
    return "--- log of %s%n%s".formatted(peer.description(), String.join("\n", tail));
  }
}
