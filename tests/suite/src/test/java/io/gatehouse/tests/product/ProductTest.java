package io.gatehouse.tests.product;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.testkit.product.Product;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** That the built product starts, speaks and stops, and that the fixture sees it. */
@Timeout(120)
class ProductTest {
  @Test
  void itsHelpNamesTheCommandsAndNothingIsWrittenToStandardError() {
    var help = Product.run("--help");
    assertThat(help.exitCode()).isZero();
    assertThat(help.out()).contains("Usage: gatehouse", "run", "demo");
    assertThat(help.err()).as("the JVM starts without warnings").isEmpty();
  }

  @Test
  void anUnknownCommandExitsWithTwo() {
    var run = Product.run("no-such-command");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("no-such-command");
  }

  @Test
  void aSignalEndsIt() {
    try (var backend = backend()) {
      backend.awaitLine("ready ");
      assertThat(backend.isRunning()).isTrue();
      backend.signal("KILL");
      assertThat(backend.awaitExit()).isEqualTo(128 + 9);
    }
  }

  @Test
  void closingLeavesNoProcessBehind() {
    Product backend = backend();
    long pid = backend.pid();
    backend.awaitLine("ready ");
    backend.close();
    assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
  }

  @Test
  void aLineThatNeverComesFailsTheTestWithWhatWasWritten() {
    try (var backend = backend()) {
      backend.awaitLine("ready ");
      assertThatThrownBy(() -> backend.awaitLine("never"::equals, Duration.ofMillis(100)))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("ready ");
    }
    try (var help = Product.start("--help")) {
      assertThatThrownBy(() -> help.awaitLine("no such line"))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("ended")
          .hasMessageContaining("Usage: gatehouse");
    }
  }

  private static Product backend() {
    return Product.start("demo-backend", "--listen", "127.0.0.1:0", "--name", "one");
  }
}
