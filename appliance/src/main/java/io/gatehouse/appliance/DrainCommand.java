package io.gatehouse.appliance;

import io.gatehouse.appliance.json.Json;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code gatehouse drain}: takes a running node out of service, and back. */
@Command(
    name = "drain",
    mixinStandardHelpOptions = true,
    description = {
      "Takes a running node out of service: the others and whoever asks /readyz are told to send"
          + " nothing new, connections may end until the drain timeouts of the file, and then are"
          + " closed. The process stays, and still serves who comes all the same, until --undo or"
          + " a stop.",
      "",
      "Asks the admin port that FILE gives the node, or the one of --admin, from the node's host."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the node drains, or with --wait has drained, or with --undo is back in service",
      "1:it has not answered, or refused, or with --wait was put back into service meanwhile",
      "2:the command line or the file is wrong"
    })
final class DrainCommand implements Callable<Integer> {
  private static final String PATH = "/drain";
  private static final Duration LOOK = Duration.ofMillis(500);

  private final PrintStream out;

  @Mixin private AdminTarget target = new AdminTarget();

  @Option(names = "--undo", description = "Put the node back into service.")
  private boolean undo;

  @Option(
      names = "--wait",
      description = "Return when no connection is left, or the deadline has passed.")
  private boolean wait;

  DrainCommand() {
    this(System.out);
  }

  DrainCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (undo && wait) {
      System.err.println("--wait: not with --undo, which is done at once");
      return Main.EXIT_INVALID;
    }
    String address = target.address();
    if (address == null) {
      return Main.EXIT_INVALID;
    }
    try (var node = new AdminClient(address)) {
      try {
        String said = say(node.ask(undo ? "DELETE" : "POST", PATH, "state"), "");
        return wait ? await(node, said) : 0;
      } catch (IOException e) {
        node.explain(PATH, e);
        return Main.EXIT_FAILED;
      }
    }
  }

  private int await(AdminClient node, String saidFirst) throws IOException, InterruptedException {
    String said = saidFirst;
    while (true) {
      Json state = node.ask("GET", PATH, "state");
      said = say(state, said);
      switch (state.text("state")) {
        case "drained" -> {
          return 0;
        }
        case "in_service" -> {
          return Main.EXIT_FAILED;
        }
        default -> LockSupport.parkNanos(LOOK.toNanos());
      }
    }
  }

  /** Prints how far it has come, unless that was said just before. */
  private String say(Json drain, String before) {
    String line =
        switch (drain.text("state")) {
          case "in_service" -> "in service";
          case "drained" ->
              "drained: %s connections left, %s cut at the deadline"
                  .formatted(drain.text("connections"), drain.text("cut"));
          case String state ->
              "%s: %s connections left, until %s at the latest"
                  .formatted(state, drain.text("connections"), drain.text("deadline"));
        };
    if (!line.equals(before)) {
      out.println(line);
    }
    return line;
  }
}
