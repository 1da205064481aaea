package io.gatehouse.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * A real {@code serf agent} on loopback: the oracle of the wire format. Its log is kept. Used by
 * one test thread.
 */
final class SerfAgent implements AutoCloseable {
  private static final Path BINARY = Path.of("/usr/bin/serf");

  /** Each agent has an address of its own, so that no two want one port. */
  private static final long PID = ProcessHandle.current().pid();

  private static final AtomicInteger AGENTS = new AtomicInteger();

  private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(40);
  private static final long POLL_MILLIS = 100;

  private final Process process;
  private final List<String> prefix;
  private final InetSocketAddress gossip;
  private final InetSocketAddress rpc;
  private final Path log;
  private final List<Process> monitors = new ArrayList<>();

  private SerfAgent(
      Process process,
      List<String> prefix,
      InetSocketAddress gossip,
      InetSocketAddress rpc,
      Path log) {
    this.process = process;
    this.prefix = prefix;
    this.gossip = gossip;
    this.rpc = rpc;
    this.log = log;
  }

  /** Starts an agent with further options, or skips the test where there is none. */
  static SerfAgent start(String node, String... options) throws Exception {
    requireInstalled();
    String host = "127.%d.%d.9".formatted(100 + PID % 100, AGENTS.incrementAndGet());
    return start(
        List.of(),
        new InetSocketAddress(host, 7946),
        new InetSocketAddress(host, 7373),
        node,
        options);
  }

  private static void requireInstalled() {
    assumeTrue(Files.isExecutable(BINARY), "serf is not installed");
  }

  private static SerfAgent start(
      List<String> prefix,
      InetSocketAddress gossip,
      InetSocketAddress rpc,
      String node,
      String... options)
      throws Exception {
    Path log = Files.createTempFile("serf-" + node, ".log");
    var line = new ArrayList<>(prefix);
    line.addAll(
        List.of(
            BINARY.toString(),
            "agent",
            "-node=" + node,
            "-bind=" + text(gossip),
            "-rpc-addr=" + text(rpc),
            "-profile=local",
            "-tag",
            "role=oracle"));
    line.addAll(List.of(options));
    Process process =
        new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    var agent = new SerfAgent(process, prefix, gossip, rpc, log);
    boolean runs = false;
    try {
      agent.awaitMember(node, said -> said.contains("alive"));
      runs = true;
      return agent;
    } finally {
      if (!runs) {
        agent.close();
      }
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
    throw new AssertionError(
        "serf members never said it of " + node + "; last:\n" + last + "\nlog:\n" + log());
  }

  void join(InetSocketAddress other) throws Exception {
    assertThat(tryToJoin(other)).contains("Successfully joined");
  }

  /** What {@code serf join} says. */
  String tryToJoin(InetSocketAddress other) throws Exception {
    return run("join", text(other));
  }

  /** Tells everybody something. */
  void event(String name, String payload) throws Exception {
    assertThat(run("event", "-coalesce=false", name, payload)).contains("dispatched");
  }

  /** Says that a failed node will not come back. */
  void forceLeave(String node) throws Exception {
    run("force-leave", node);
  }

  /** {@code serf keys} with one option, and what it says. */
  String keys(String option) throws Exception {
    return run("keys", option);
  }

  /** Asks everybody something, and gives what the command says. */
  String query(String... arguments) throws Exception {
    return run("query", arguments);
  }

  /** Says goodbye and ends. */
  void leave() throws Exception {
    assertThat(run("leave")).contains("Graceful leave complete");
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
  }

  void signal(String signal) throws Exception {
    var kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  /** Begins {@code serf monitor}; what it shows goes into the file. */
  Path monitor() throws Exception {
    Path shown = Files.createTempFile("serf-monitor", ".log");
    monitors.add(
        new ProcessBuilder(command("monitor"))
            .redirectErrorStream(true)
            .redirectOutput(shown.toFile())
            .start());
    await(shown, "Accepted client");
    return shown;
  }

  /** Waits until the text is in the file. */
  void await(Path file, String text) throws Exception {
    long start = System.nanoTime();
    while (!Files.readString(file).contains(text)) {
      assertThat(System.nanoTime() - start)
          .as("%s in %s", text, Files.readString(file))
          .isLessThan(DEADLINE_NANOS);
      process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  String log() throws IOException {
    return Files.readString(log);
  }

  /** What the agent warns of. */
  List<String> complaints() throws IOException {
    return log().lines().filter(l -> l.contains("[ERR]") || l.contains("[WARN]")).toList();
  }

  private List<String> command(String command, String... arguments) {
    var line = new ArrayList<>(prefix);
    line.addAll(List.of(BINARY.toString(), command, "-rpc-addr=" + text(rpc)));
    line.addAll(List.of(arguments));
    return line;
  }

  private String run(String command, String... arguments) throws Exception {
    Process client =
        new ProcessBuilder(command(command, arguments)).redirectErrorStream(true).start();
    try {
      String out = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(client.waitFor(20, TimeUnit.SECONDS)).isTrue();
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
  public void close() throws IOException {
    monitors.forEach(Process::destroyForcibly);
    kill();
    Files.deleteIfExists(log);
  }
}
