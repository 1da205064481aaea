package io.gatehouse.appliance;

import io.gatehouse.appliance.config.Diagnostic;
import io.gatehouse.appliance.config.FrontDoor;
import io.gatehouse.appliance.config.FrontDoorFile;
import io.gatehouse.appliance.json.JsonWriter;
import io.gatehouse.appliance.status.BufferBoundText;
import io.gatehouse.l7.BufferBound;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gatehouse check}: judges a configuration file without starting anything. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description = {
      "Checks a configuration file and everything it names, and reports all mistakes at once.",
      "",
      "Without --node it reads every certificate; with it, it checks what that node would: an L4"
          + " node needs no certificates."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:the file can be used; there may be warnings", "2:it cannot"})
final class CheckCommand implements Callable<Integer> {
  private final PrintStream out;

  @Parameters(index = "0", paramLabel = "FILE", description = "The front door's configuration.")
  private Path file = Path.of("");

  @Option(names = "--node", paramLabel = "NAME", description = "Check for this node of the file.")
  private @Nullable String node;

  @Option(names = "--json", description = "Report as one JSON object, for machines.")
  private boolean json;

  CheckCommand() {
    this(System.out);
  }

  CheckCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() {
    String name = node;
    FrontDoorFile.Result result =
        name == null ? FrontDoorFile.read(file) : FrontDoorFile.read(file, name);
    if (json) {
      printJson(result);
    } else {
      printText(result);
    }
    return result instanceof FrontDoorFile.Loaded ? 0 : Main.EXIT_INVALID;
  }

  private void printText(FrontDoorFile.Result result) {
    result.diagnostics().forEach(diagnostic -> out.print(diagnostic.text()));
    long errors =
        result.diagnostics().stream()
            .filter(d -> d.severity() == Diagnostic.Severity.ERROR)
            .count();
    long warnings = result.diagnostics().size() - errors;
    if (result instanceof FrontDoorFile.Loaded(FrontDoor frontDoor)) {
      frontDoor.bufferBounds().forEach(bound -> out.println(BufferBoundText.of(bound)));
    }
    out.println(
        switch (result) {
          case FrontDoorFile.Loaded(FrontDoor frontDoor) ->
              "%s: ok: %s, %s".formatted(file, summary(frontDoor), count(warnings, "warning"));
          case FrontDoorFile.Invalid ignored ->
              "%s: invalid: %s, %s"
                  .formatted(file, count(errors, "error"), count(warnings, "warning"));
        });
  }

  private static String summary(FrontDoor frontDoor) {
    return String.join(
        ", ",
        count(frontDoor.nodes().size(), "node"),
        count(frontDoor.services().size(), "service"),
        count(frontDoor.listeners().size(), "listener"),
        count(frontDoor.certificates().size(), "certificate"),
        count(frontDoor.routes().size(), "route"),
        count(frontDoor.pools().size(), "pool"));
  }

  private static String count(long number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }

  private void printJson(FrontDoorFile.Result result) {
    var writer = new JsonWriter().beginObject();
    writer.field("file", file.toString());
    writer.field("valid", result instanceof FrontDoorFile.Loaded);
    if (result instanceof FrontDoorFile.Loaded(FrontDoor frontDoor)) {
      writer.field("configuration_hash", frontDoor.hash());
      writer.name("buffer_bounds").beginArray();
      for (BufferBound bound : frontDoor.bufferBounds()) {
        writer.beginObject().field("listener", bound.listener());
        writer.field("max_connections", bound.maxConnections());
        writer.field("http1_bytes", bound.http1Bytes());
        writer.field("http2_bytes", bound.http2Bytes()).endObject();
      }
      writer.endArray();
    }
    writer.name("diagnostics").beginArray();
    result.diagnostics().forEach(diagnostic -> diagnostic.writeTo(writer));
    out.println(writer.endArray().endObject());
  }
}
