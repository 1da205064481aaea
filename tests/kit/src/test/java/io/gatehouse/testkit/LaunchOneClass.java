package io.gatehouse.testkit;

import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** Runs one test class in a JVM of its own; the exit code is the number of failures. */
final class LaunchOneClass {
  private LaunchOneClass() {}

  public static void main(String[] args) {
    var summary = new SummaryGeneratingListener();
    var request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(DiscoverySelectors.selectClass(args[0]))
            .build();
    LauncherFactory.create().execute(request, summary);
    var failures = summary.getSummary().getFailures();
    failures.forEach(failure -> System.out.println(failure.getException().getMessage()));
    System.out.println("tests passed: " + summary.getSummary().getTestsSucceededCount());
    System.exit(failures.size());
  }
}
