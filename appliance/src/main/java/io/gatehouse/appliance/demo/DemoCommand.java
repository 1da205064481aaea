package io.gatehouse.appliance.demo;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code gatehouse demo}: a whole front door on loopback. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "Opens a whole front door on loopback: two L4 nodes, two L7 nodes, three backends, a gossip"
          + " ring and a certificate made on the spot. Prints where it is, what to try, and a line"
          + " for what passes. Ctrl-C stops everything and leaves nothing behind.",
      "",
      "With --check it does so on free ports, sends requests through the whole path, kills an L7"
          + " node, prints a table of what it checked, and exits 0 or 1."
    })
public final class DemoCommand implements Callable<Integer> {
  private static final Duration READY_TIMEOUT = Duration.ofSeconds(25);

  @Option(names = "--check", description = "Check that it works, and exit.")
  private boolean check;

  @Option(
      names = "--free-ports",
      description = "Take ports that are free instead of those of the documentation.")
  private boolean freePorts;

  @Option(
      names = "--exchanges",
      paramLabel = "N",
      defaultValue = "25",
      description = "With --check: bodies to send (four requests each). Default: ${DEFAULT-VALUE}.")
  private int exchanges;

  @Override
  public Integer call() throws InterruptedException {
    PrintStream out = System.out;
    try (DemoFrontDoor frontDoor =
        DemoFrontDoor.start(
            check || freePorts ? DemoTopology.freePorts() : DemoTopology.fixedPorts())) {
      var closed = new CountDownLatch(1);
      Runtime.getRuntime().addShutdownHook(new Thread(frontDoor::close, "close-demo"));
      if (check) {
        return new DemoCheck(frontDoor, exchanges, out, READY_TIMEOUT).run() ? 0 : 1;
      }
      out.println("starting four nodes and three backends …");
      frontDoor.awaitReady(READY_TIMEOUT);
      out.println(frontDoor.topology().picture(frontDoor.directory()));
      out.println("  What passes (Ctrl-C stops everything):");
      try (var _ = TrafficView.start(frontDoor, out)) {
        closed.await(); // until Ctrl-C: the shutdown hook closes the front door
      }
      return 0;
    } catch (IOException e) {
      System.err.println("gatehouse: the demo cannot start: " + e.getMessage());
      return 1;
    }
  }
}
