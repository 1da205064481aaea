package io.gatehouse.appliance;

import io.gatehouse.appliance.config.FrontDoor;
import io.gatehouse.appliance.config.FrontDoorFile;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which node's admin port a command is for: the arguments that such commands have in common. */
final class AdminTarget {
  private static final String ADMIN = "[^/:@ ]+:[0-9]+|\\[[0-9a-fA-F:.]+]:[0-9]+";

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "FILE",
      description = "The front door's configuration.")
  private @Nullable Path file;

  @Option(names = "--node", paramLabel = "NAME", description = "Which node of the file to ask.")
  private @Nullable String node;

  @Option(
      names = "--admin",
      paramLabel = "HOST:PORT",
      description = "The admin port to ask. Default: ${DEFAULT-VALUE}, without FILE.",
      defaultValue = "127.0.0.1:9901")
  private String admin = "";

  /** The admin port to ask; null if the command line or the file is wrong, which has been said. */
  @Nullable String address() {
    if (file == null && node != null) {
      System.err.println("--node: %s (expected: FILE before it)".formatted(node));
      return null;
    }
    if (file == null) {
      if (!admin.matches(ADMIN)) {
        System.err.println(
            "--admin: %s (expected: HOST:PORT, such as 127.0.0.1:9901 or [::1]:9901)"
                .formatted(admin));
        return null;
      }
      return admin;
    }
    if (node == null) {
      System.err.println("FILE names several nodes: say which with --node NAME");
      return null;
    }
    return switch (FrontDoorFile.read(file, node)) {
      case FrontDoorFile.Invalid invalid -> {
        System.err.print(invalid.text());
        yield null;
      }
      case FrontDoorFile.Loaded(FrontDoor frontDoor) -> {
        var address = frontDoor.planFor(node).admin();
        String host = address.getAddress().getHostAddress();
        yield (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
      }
    };
  }
}
