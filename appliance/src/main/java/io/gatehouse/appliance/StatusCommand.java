package io.gatehouse.appliance;

import io.gatehouse.appliance.json.Json;
import io.gatehouse.appliance.status.StatusReport;
import java.io.IOException;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code gatehouse status}: asks a running node how it fares. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = {
      "Shows how a running node fares: its data plane and why it is that, connections, bytes,"
          + " refusals, and its endpoints.",
      "",
      "Asks the admin port that FILE gives the node, or the one of --admin."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the node has answered",
      "1:it has not",
      "2:the command line or the file is wrong"
    })
final class StatusCommand implements Callable<Integer> {
  private static final String PATH = "/status";

  /** What the page of a node has, and hardly another. */
  private static final String KEY = "node";

  private static final long SAMPLE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final PrintStream out;

  @Mixin private AdminTarget target = new AdminTarget();

  @Option(names = "--once", description = "Take one look, without rates, not two a second apart.")
  private boolean once;

  @Option(names = "--json", description = "Print what the node says, for machines.")
  private boolean json;

  StatusCommand() {
    this(System.out);
  }

  StatusCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() throws InterruptedException {
    String address = target.address();
    if (address == null) {
      return Main.EXIT_INVALID;
    }
    try (var node = new AdminClient(address)) {
      try {
        String first = node.send("GET", PATH);
        out.print(json ? first : report(node, AdminClient.parse(first, KEY)).text());
        return 0;
      } catch (IOException e) {
        node.explain(PATH, e);
        return Main.EXIT_FAILED;
      }
    }
  }

  /** A node without an L4 tier has no rates, and is asked once. */
  private StatusReport report(AdminClient node, Json first)
      throws IOException, InterruptedException {
    if (once || !first.has("l4")) {
      return new StatusReport(first, null, 0);
    }
    long startNanos = System.nanoTime();
    for (long left = SAMPLE_NANOS; left > 0; left = startNanos + SAMPLE_NANOS - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    var second = node.ask("GET", PATH, KEY);
    return new StatusReport(second, first, (System.nanoTime() - startNanos) / 1e9);
  }
}
