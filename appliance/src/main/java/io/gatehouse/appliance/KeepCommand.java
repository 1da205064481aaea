package io.gatehouse.appliance;

import io.gatehouse.appliance.keeper.Keeper;
import io.gatehouse.appliance.keeper.OpenFileLimit;
import io.gatehouse.appliance.keeper.ProductJvm;
import io.gatehouse.appliance.log.JsonLineEncoder;
import io.gatehouse.linux.ServiceNotifier;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code gatehouse keep}: a node that can die without its connections. */
@Command(
    name = "keep",
    mixinStandardHelpOptions = true,
    description = {
      "Runs one node as `run` does, in a process of its own, and holds the descriptors that it"
          + " stores (systemd's FDSTORE protocol). A node that dies gets a successor at once, with"
          + " all that was stored; one that dies again within 3 seconds after 250 ms, doubled up"
          + " to 5 s. The successor waits beside the node, prepared.",
      "",
      "SIGTERM or SIGINT drains the node, a second one stops it. SIGHUP is the planned upgrade: a"
          + " successor is prepared from the build and the file that are there by then, and the"
          + " node hands over to it; if it cannot be prepared, the node serves on.",
      "",
      "GATEHOUSE_JAVA_OPTS is for the node; the keeper's own JVM stays small. Should the keeper be"
          + " killed, the node serves on without a store."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "Those of `run`, of the last node; 128 and the signal if one ended it after a stop was asked"
          + " for",
    })
final class KeepCommand implements Callable<Integer> {
  private static final Logger log = LoggerFactory.getLogger(KeepCommand.class);

  /** Variables that speak to one process only. */
  private static final List<String> OWN =
      List.of("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID");

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "FILE", description = "The front door's configuration.")
  private Path file = Path.of("");

  @Option(
      names = "--node",
      required = true,
      paramLabel = "NAME",
      description = "Which node of the file this is.")
  private String name = "";

  @Option(
      names = "--max-descriptors",
      paramLabel = "N",
      description =
          "How many are held at most. Default: the open file limit less 1024, or less a quarter"
              + " where that is less.")
  private int maxDescriptors;

  @Option(
      names = "--no-understudy",
      description =
          "Do not keep a successor prepared: saves the memory of a second JVM that waits, and"
              + " costs its start when the node dies.")
  private boolean noUnderstudy;

  @Option(
      names = "--stop-on-eof",
      hidden = true,
      description = "Stop when standard input ends: for a parent that must leave nothing behind.")
  private boolean stopOnEof;

  @Override
  public Integer call() {
    JsonLineEncoder.setNode(name);
    int max = maxDescriptors();
    var manager = ServiceNotifier.fromEnvironment();
    try (var keeper =
        Keeper.open(
            new Keeper.Settings(command(), RunCommand.STANDBY, environment(), max, !noUnderstudy),
            manager,
            System::nanoTime)) {
      Signals.handle("TERM", keeper::stop);
      Signals.handle("INT", keeper::stop);
      Signals.handle("HUP", keeper::handOver);
      if (stopOnEof) {
        Signals.onEndOfInput(
            () -> {
              keeper.stop();
              keeper.stop();
            });
      }
      return keeper.run();
    } catch (IOException e) {
      log.atError().addKeyValue("error", e.getMessage()).log("the node cannot be kept");
      return Main.EXIT_FAILED;
    }
  }

  private int maxDescriptors() {
    int most = OpenFileLimit.ofThisProcess().mostHeld();
    if (maxDescriptors == 0) {
      return most;
    }
    if (maxDescriptors < 1 || maxDescriptors > most) {
      throw new ParameterException(
          spec.commandLine(),
          "--max-descriptors: %d (expected: 1 to %d, what the open file limit leaves)"
              .formatted(maxDescriptors, most));
    }
    return maxDescriptors;
  }

  private List<String> command() throws IOException {
    String extra = System.getenv().getOrDefault("GATEHOUSE_JAVA_OPTS", "").strip();
    var arguments = new ArrayList<>(List.of("run", file.toString(), "--node", name));
    if (stopOnEof) {
      arguments.add("--stop-on-eof");
    }
    return ProductJvm.command(
        List.of(), extra.isEmpty() ? List.of() : List.of(extra.split("\\s+")), arguments);
  }

  private static Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>(System.getenv());
    OWN.forEach(environment::remove);
    return environment;
  }
}
