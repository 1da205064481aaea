package io.gatehouse.appliance;

import io.gatehouse.appliance.config.FrontDoor;
import io.gatehouse.appliance.config.FrontDoorFile;
import io.gatehouse.appliance.json.Json;
import io.gatehouse.appliance.status.StatusReport;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

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
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final long SAMPLE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final String ADMIN = "[^/:@ ]+:[0-9]+|\\[[0-9a-fA-F:.]+]:[0-9]+";

  private final PrintStream out;

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
    String address = address();
    if (address == null) {
      return Main.EXIT_INVALID;
    }
    try (var client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build()) {
      String first = get(client, address);
      if (json) {
        out.print(first);
        return 0;
      }
      out.print(report(client, address, parse(first)).text());
      return 0;
    } catch (IOException e) {
      System.err.printf(
          "no answer from http://%s/status: %s%n"
              + "  is the node running, and is this its admin port? FILE --node NAME finds it%n",
          address, e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
      return Main.EXIT_FAILED;
    }
  }

  /** A node without an L4 tier has no rates, and is asked once. */
  private StatusReport report(HttpClient client, String address, Json first)
      throws IOException, InterruptedException {
    if (once || !first.has("l4")) {
      return new StatusReport(first, null, 0);
    }
    long startNanos = System.nanoTime();
    for (long left = SAMPLE_NANOS; left > 0; left = startNanos + SAMPLE_NANOS - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    var second = parse(get(client, address));
    return new StatusReport(second, first, (System.nanoTime() - startNanos) / 1e9);
  }

  private static Json parse(String text) throws IOException {
    var status = Json.parse(text);
    if (!status.has("node")) {
      throw new IOException("what answers there is no Gatehouse node");
    }
    return status;
  }

  /** The admin port to ask; null if the command line or the file is wrong, which has been said. */
  private @Nullable String address() {
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

  private static String get(HttpClient client, String address)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create("http://" + address + "/status"))
            .timeout(TIMEOUT)
            .build();
    var response = client.send(request, BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IOException("status " + response.statusCode() + " (expected: 200)");
    }
    return response.body();
  }
}
