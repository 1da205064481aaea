package io.gatehouse.appliance;

import io.gatehouse.appliance.config.FrontDoorFile;
import io.gatehouse.membership.GossipKey;
import io.gatehouse.membership.KeyRing;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gatehouse gossip-keys}: shows the ring's keys as a Serf agent takes them. */
@Command(
    name = "gossip-keys",
    mixinStandardHelpOptions = true,
    description = {
      "Prints the keys of the gossip ring that a configuration file describes, in Base64, the one"
          + " that encrypts first, for a Serf agent that is to join the ring:",
      "",
      "  serf agent -encrypt \"$(gatehouse gossip-keys FILE | head -n 1)\" -join ADDRESS",
      "",
      "They are secret: whoever has one may join the ring."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:printed",
      "1:the ring is not encrypted",
      "2:the configuration file cannot be used"
    })
final class GossipKeysCommand implements Callable<Integer> {
  private final PrintStream out;
  private final PrintStream err;

  @Parameters(index = "0", paramLabel = "FILE", description = "The front door's configuration.")
  private Path file = Path.of("");

  @Option(names = "--node", paramLabel = "NAME", description = "Read the file for this node of it.")
  private @Nullable String node;

  @Option(
      names = "--json",
      description = "Print them as a file for Serf's -keyring-file, or for cluster.gossip.keys.")
  private boolean json;

  GossipKeysCommand() {
    this(System.out, System.err);
  }

  GossipKeysCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() {
    String name = node;
    return switch (name == null ? FrontDoorFile.read(file) : FrontDoorFile.read(file, name)) {
      case FrontDoorFile.Invalid invalid -> {
        err.print(invalid.text());
        yield Main.EXIT_INVALID;
      }
      case FrontDoorFile.Loaded(var frontDoor) -> print(KeyRing.open(frontDoor.ringKeys()).keys());
    };
  }

  private int print(List<GossipKey> keys) {
    if (keys.isEmpty()) {
      err.println("gatehouse: the ring is not encrypted; it has no keys");
      return Main.EXIT_FAILED;
    }
    if (json) {
      out.println(
          keys.stream()
              .map(key -> "  \"" + key.base64() + "\"")
              .collect(Collectors.joining(",\n", "[\n", "\n]")));
    } else {
      keys.forEach(key -> out.println(key.base64()));
    }
    return 0;
  }
}
