package io.gatehouse.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A real {@code serf agent} on loopback: the oracle of the wire format. Used by one test thread.
 */
final class SerfAgent implements AutoCloseable {
  private static final Path BINARY = Path.of("/usr/bin/serf");
  private static final String HOST = "127.0.0.9";
  private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(20);
  private static final long POLL_MILLIS = 100;

  private final Process process;
  private final InetSocketAddress gossip;
  private final InetSocketAddress rpc;

  private SerfAgent(Process process, InetSocketAddress gossip, InetSocketAddress rpc) {
    this.process = process;
    this.gossip = gossip;
    this.rpc = rpc;
  }

  /**
   * Starts an agent, or skips the test where there is none.
   *
   * @param more arguments, such as {@code -encrypt=KEY}
   */
  static SerfAgent start(String node, String... more) throws IOException {
    assumeTrue(Files.isExecutable(BINARY), "serf is not installed");
    InetSocketAddress gossip = freeAddress();
    InetSocketAddress rpc = freeAddress();
    var line =
        new ArrayList<>(
            List.of(
                BINARY.toString(),
                "agent",
                "-node=" + node,
                "-bind=" + text(gossip),
                "-rpc-addr=" + text(rpc),
                "-profile=local",
                "-tag",
                "role=oracle"));
    line.addAll(List.of(more));
    Process process =
        new ProcessBuilder(line)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return new SerfAgent(process, gossip, rpc);
  }

  private static InetSocketAddress freeAddress() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
      return (InetSocketAddress) socket.getLocalSocketAddress();
    }
  }

  private static String text(InetSocketAddress address) {
    return address.getAddress().getHostAddress() + ":" + address.getPort();
  }

  InetSocketAddress gossipAddress() {
    return gossip;
  }

  /** The agent's line about {@code node} in {@code serf members}, once it is as wanted. */
  String awaitMember(String node, Predicate<String> wanted) throws Exception {
    long start = System.nanoTime();
    String last = "";
    while (System.nanoTime() - start < DEADLINE_NANOS) {
      last = run("members", "-detailed");
      var line = last.lines().filter(l -> l.startsWith(node + " ")).filter(wanted).findFirst();
      if (line.isPresent()) {
        return line.get();
      }
      process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS);
    }
    throw new AssertionError("serf members never said it of " + node + "; last:\n" + last);
  }

  void join(InetSocketAddress other) throws Exception {
    assertThat(tryToJoin(other)).contains("Successfully joined");
  }

  /** What {@code serf join} says. */
  String tryToJoin(InetSocketAddress other) throws Exception {
    return run("join", text(other));
  }

  private String run(String command, String... arguments) throws Exception {
    var line = new ArrayList<>(List.of(BINARY.toString(), command, "-rpc-addr=" + text(rpc)));
    line.addAll(List.of(arguments));
    Process client = new ProcessBuilder(line).redirectErrorStream(true).start();
    try {
      String out = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(client.waitFor(10, TimeUnit.SECONDS)).isTrue();
      return out;
    } finally {
      client.destroyForcibly();
    }
  }

  /** Without a goodbye. */
  void kill() {
    process.destroyForcibly();
  }

  @Override
  public void close() {
    kill();
  }
}
