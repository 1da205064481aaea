package io.gatehouse.appliance;

import io.gatehouse.appliance.demo.Rehearsal;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;

/**
 * {@code gatehouse rehearse}: a start and some requests, for the JVM to learn from. The launcher
 * runs it in a recording JVM when the product has been built; what it records makes every later
 * start faster (ADR 16).
 */
@Command(
    name = "rehearse",
    mixinStandardHelpOptions = true,
    hidden = true,
    description = "Runs a node of both tiers with a client and a backend for a moment, and ends.")
final class RehearseCommand implements Callable<Integer> {
  private static final Logger log = LoggerFactory.getLogger(RehearseCommand.class);

  private volatile boolean passed;

  @Override
  public Integer call() throws IOException {
    try (var rehearsal = Rehearsal.open();
        var input = new Curtain()) {
      System.setIn(input);
      Thread.ofPlatform().daemon(true).name("rehearsal").start(() -> play(rehearsal, input));
      String file = rehearsal.configuration().toString();
      String[] run = {"run", file, "--node", Rehearsal.NODE, "--stop-on-eof"};
      int code = Main.commandLine(run).execute(run);
      // The end of its input stops a node at once, which cuts its drain short.
      boolean ended = code == 0 || code == Main.EXIT_CUT_SHORT;
      return passed && ended ? 0 : Main.EXIT_FAILED;
    }
  }

  private void play(Rehearsal rehearsal, Curtain input) {
    try (input) {
      rehearsal.play();
      passed = true;
    } catch (IOException e) {
      log.atError().setCause(e).log("the rehearsal failed");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Standard input that holds nothing, and ends when it is closed. */
  private static final class Curtain extends InputStream {
    private final CountDownLatch fallen = new CountDownLatch(1);

    @Override
    public int read() throws IOException {
      try {
        fallen.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
      return -1;
    }

    @Override
    public void close() {
      fallen.countDown();
    }
  }
}
