package io.gatehouse.testkit;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/**
 * Prints what the processes of a test have written when the test fails: of those that still run,
 * and of those that it has closed on its way out. Thread-safe; what it keeps is bounded by the
 * processes of one test.
 */
public final class FailureReports implements TestExecutionListener {
  private static final int MAX_LINES = 200;
  private static final int MAX_CLOSED = 16;

  private static final Map<Object, Source> RUNNING = new LinkedHashMap<>();
  private static final Deque<String> CLOSED = new ArrayDeque<>();

  private record Source(String title, Supplier<List<String>> lines) {
    String report() {
      var all = lines.get();
      var tail = all.subList(Math.max(0, all.size() - MAX_LINES), all.size());
      return "--- log of %s%n%s".formatted(title, String.join("\n", tail));
    }
  }

  /**
   * Tells where the lines of a running process are to be had.
   *
   * @param owner closes it, see {@link #closing}
   */
  public static synchronized void watch(Object owner, String title, Supplier<List<String>> lines) {
    RUNNING.put(owner, new Source(title, lines));
  }

  /** Keeps the lines of a process that is about to be closed until the test has ended. */
  public static synchronized void closing(Object owner) {
    var source = RUNNING.remove(owner);
    if (source != null) {
      CLOSED.addLast(source.report());
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
      RUNNING.values().forEach(source -> reports.add(source.report()));
    }
    CLOSED.clear();
    return reports;
  }
}
