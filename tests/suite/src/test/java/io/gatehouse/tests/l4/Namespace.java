package io.gatehouse.tests.l4;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatehouse.testkit.ChildProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A network namespace of this test's own, with a link to the one of the test. It goes with the
 * process that holds it. Used by one thread.
 */
final class Namespace implements AutoCloseable {
  private static final long COMMAND_SECONDS = 10;
  private static final String LINK = "gh-l4-test";
  private static final String OUTSIDE = "198.18.41.1";
  private static final String INSIDE = "198.18.41.2";

  private final ChildProcess holder;

  private Namespace(ChildProcess holder) {
    this.holder = holder;
  }

  /** Makes one, or skips the test with the reason. */
  static Namespace open() throws IOException, InterruptedException {
    assumeTrue("root".equals(System.getProperty("user.name")), "network namespaces need root");
    for (var program : List.of("ip", "unshare", "nsenter", "sysctl")) {
      assumeTrue(isInstalled(program), program + " is not installed");
    }
    var holder =
        ChildProcess.start(
            new ProcessBuilder("unshare", "--net", "sh", "-c", "echo made; exec sleep infinity"));
    var namespace = new Namespace(holder);
    boolean linked = false;
    try {
      assumeTrue(holder.process().inputReader().readLine() != null, "no namespace can be made");
      namespace.link();
      linked = true;
      return namespace;
    } finally {
      if (!linked) {
        holder.close();
      }
    }
  }

  private static boolean isInstalled(String program) {
    return Stream.of("/usr/bin", "/bin", "/usr/sbin", "/sbin")
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  private void link() throws IOException, InterruptedException {
    var pid = Long.toString(holder.process().pid());
    execute(
        List.of("ip", "link", "add", LINK, "type", "veth", "peer", "name", "outer", "netns", pid));
    execute(List.of("ip", "address", "add", OUTSIDE + "/24", "dev", LINK));
    execute(List.of("ip", "link", "set", LINK, "up"));
    tell("ip", "address", "add", INSIDE + "/24", "dev", "outer");
    tell("ip", "link", "set", "outer", "up");
    tell("ip", "link", "set", "lo", "up");
  }

  /** The test's own address on the link. */
  String outside() {
    return OUTSIDE;
  }

  /** The address of what is in here. */
  String inside() {
    return INSIDE;
  }

  /** Gives what is in here a further address. */
  void add(String address) throws IOException, InterruptedException {
    tell("ip", "address", "add", address + "/24", "dev", "outer");
  }

  void remove(String address) throws IOException, InterruptedException {
    tell("ip", "address", "delete", address + "/24", "dev", "outer");
  }

  /** How many local ports there are for one source and destination. */
  void setLocalPorts(int first, int count) throws IOException, InterruptedException {
    tell("sysctl", "-w", "net.ipv4.ip_local_port_range=%d %d".formatted(first, first + count - 1));
  }

  /** A command that runs what stands behind it in here. */
  List<String> enter() {
    return List.of("nsenter", "--net=/proc/%d/ns/net".formatted(holder.process().pid()), "--");
  }

  /** Runs a command in here, which must succeed. */
  private void tell(String... command) throws IOException, InterruptedException {
    var all = new ArrayList<>(enter());
    all.addAll(List.of(command));
    execute(all);
  }

  private static void execute(List<String> command) throws IOException, InterruptedException {
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(COMMAND_SECONDS, SECONDS)).as("%s ends", command).isTrue();
    assertThat(process.exitValue()).as("%s: %s", command, said).isZero();
  }

  @Override
  public void close() {
    try {
      execute(List.of("ip", "link", "delete", LINK)); // else it goes with the namespace, some time
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      holder.close();
    }
  }
}
