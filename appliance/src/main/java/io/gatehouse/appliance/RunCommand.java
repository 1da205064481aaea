package io.gatehouse.appliance;

import io.gatehouse.appliance.config.FrontDoor;
import io.gatehouse.appliance.config.FrontDoorFile;
import io.gatehouse.appliance.config.NodePlan;
import io.gatehouse.appliance.keeper.Keeper;
import io.gatehouse.appliance.keeper.Standby;
import io.gatehouse.appliance.log.JsonLineEncoder;
import io.gatehouse.linux.DescriptorStore;
import io.gatehouse.linux.ServiceNotifier;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gatehouse run}: one node in the foreground, as a service manager wants it. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = {
      "Runs one node of the front door in the foreground.",
      "",
      "Tells the service manager when it serves (sd_notify, Type=notify). SIGTERM or SIGINT drains:"
          + " the ring is told, listeners close, connections under way may finish until their drain"
          + " timeout. A second signal stops at once.",
      "",
      "SIGHUP, where a descriptor store is offered (gatehouse keep, or systemd's): hands over to a"
          + " successor, which takes what the store holds. Elsewhere it drains, as SIGTERM does.",
      "",
      "Operational lines go to standard error, the access log to standard output or to where the"
          + " file puts it; both are JSON, one object a line."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:drained and stopped",
      "1:could not start; the last line says why",
      "2:the command line or the file is wrong; nothing was started",
      "3:stopped by a second signal before the drain was over",
      "85:handed over; a successor is to be started at once"
    })
final class RunCommand implements Callable<Integer> {
  /** By which the keeper starts a successor before it is needed. */
  static final String STANDBY = "--standby";

  private static final Logger log = LoggerFactory.getLogger(RunCommand.class);

  @Parameters(index = "0", paramLabel = "FILE", description = "The front door's configuration.")
  private Path file = Path.of("");

  @Option(
      names = "--node",
      required = true,
      paramLabel = "NAME",
      description = "Which node of the file this is.")
  private String name = "";

  @Option(
      names = "--stop-on-eof",
      hidden = true,
      description = "Drain when standard input ends: for a parent that must leave nothing behind.")
  private boolean stopOnEof;

  @Option(
      names = STANDBY,
      hidden = true,
      description = "Prepare, and wait until the keeper says that a predecessor has ended.")
  private boolean standby;

  @Override
  public Integer call() throws InterruptedException {
    JsonLineEncoder.setNode(name);
    DescriptorStore store = DescriptorStore.fromEnvironment();
    if (!standby) {
      return readAndRun(store);
    }
    try {
      Optional<DescriptorStore> turn = awaitTurn(store);
      return turn.isPresent() ? readAndRun(turn.get()) : 0;
    } catch (IOException e) {
      log.atError().setCause(e).log("the successor cannot wait: " + e.getMessage());
      return Main.EXIT_FAILED;
    }
  }

  /** What the file says is only looked at: it may be another when the turn comes. */
  private Optional<DescriptorStore> awaitTurn(DescriptorStore store) throws IOException {
    return switch (FrontDoorFile.read(file, name)) {
      case FrontDoorFile.Invalid invalid -> {
        System.err.print(invalid.text());
        throw new IOException("%s is invalid".formatted(file));
      }
      case FrontDoorFile.Loaded(FrontDoor frontDoor) -> {
        Node.prepare(frontDoor.planFor(name));
        yield Standby.awaitTurn(store);
      }
    };
  }

  private int readAndRun(DescriptorStore store) throws InterruptedException {
    NodeSignals signals = NodeSignals.install();
    return switch (FrontDoorFile.read(file, name)) {
      case FrontDoorFile.Invalid invalid -> {
        System.err.print(invalid.text());
        yield Main.EXIT_INVALID;
      }
      case FrontDoorFile.Loaded(FrontDoor frontDoor) -> {
        frontDoor.warnings().forEach(warning -> log.warn(warning.text()));
        yield run(frontDoor.planFor(name), store, signals);
      }
    };
  }

  private int run(NodePlan plan, DescriptorStore kept, NodeSignals signals)
      throws InterruptedException {
    var notifier = ServiceNotifier.fromEnvironment();
    if (stopOnEof) {
      Signals.onEndOfInput(
          () -> {
            signals.stop();
            signals.stop();
          });
    }
    try (var store = kept;
        Node node = Node.start(plan, store)) {
      notifier.ready();
      log.atInfo().addKeyValue("admin", node.adminAddress()).log("ready");
      if (signals.awaitFirst() == NodeSignals.Wish.HAND_OVER && node.canHandOver()) {
        return await(node.handOver(), signals) ? Keeper.HANDED_OVER : Main.EXIT_CUT_SHORT;
      }
      notifier.stopping();
      return await(node.drain(), signals) ? 0 : Main.EXIT_CUT_SHORT;
    } catch (IOException | RuntimeException e) {
      log.atError().setCause(e).log("the node cannot start: " + e.getMessage());
      return Main.EXIT_FAILED;
    }
  }

  /** Whether it came to its end before a second signal. */
  private static boolean await(CompletableFuture<Void> drained, NodeSignals signals) {
    signals.onSecond(() -> drained.cancel(false));
    try {
      drained.join();
      log.info("drained");
      return true;
    } catch (CancellationException e) {
      log.warn("stopped before the drain was over");
      return false;
    }
  }
}
