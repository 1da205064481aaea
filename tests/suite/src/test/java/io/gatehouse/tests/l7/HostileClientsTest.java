package io.gatehouse.tests.l7;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatehouse.testkit.ChildProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Clients that hold on to what they get: ten thousand idle connections, and the slow attacks of
 * slowhttptest. Others are served meanwhile, each limit has its counter and its line in the log,
 * and nothing stays.
 */
class HostileClientsTest {
  private static final Logger log = LoggerFactory.getLogger(HostileClientsTest.class);
  private static final int IDLE_CONNECTIONS = 10_000;
  private static final int IDLE_PER_ADDRESS = 2_500;

  /** Of a plain connection that has had a request; heap and buffers. */
  private static final long MAX_BYTES_PER_CONNECTION = 20 * 1024;

  private static final long FAST_NANOS = SECONDS.toNanos(2);
  private static final int ATTACKERS = 400;

  /** Fewer, for each has the kernel keep what it does not read. */
  private static final int READERS = 100;

  private static final String FILE =
      """
      listeners:
        web:
          port: ${port:web}
          timeouts: { head: 2s, bodyIdle: 2s, keepAlive: %s, writeIdle: 2s }
          limits: { maxConnections: 12000 }
      routes: [ { pool: app } ]
      pools:
        app: { endpoints: ["127.0.0.1:%d"], healthCheck: off }
      """;

  private static final byte[] QUICK = "GET /quick HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(ISO_8859_1);

  @TempDir private Path directory = Path.of("");
  private final SoakBackend backend = new SoakBackend();

  HostileClientsTest() throws IOException {}

  @AfterEach
  void close() throws IOException {
    backend.close();
  }

  @Test
  void tenThousandIdleConnectionsLeaveRoomForOthers() throws Exception {
    assumeTrue(openFileLimit() > IDLE_CONNECTIONS + 2_000, "too few open files are allowed");
    try (var node = L7Node.start(directory, FILE.formatted("20s", backend.port()))) {
      roundTrip(node);
      node.collectGarbage();
      long before = held(node);
      var idle = new ArrayList<SocketChannel>();
      try {
        for (int i = 0; i < IDLE_CONNECTIONS; i++) {
          idle.add(idleConnection(node.address("web"), i));
        }
        node.awaitCount("connections_open", IDLE_CONNECTIONS);
        long slowest = 0;
        for (int i = 0; i < 20; i++) {
          slowest = Math.max(slowest, roundTrip(node));
        }
        node.collectGarbage();
        long each = (held(node) - before) / IDLE_CONNECTIONS;
        log.atInfo()
            .addKeyValue("slowestMillis", slowest / 1_000_000)
            .addKeyValue("bytesPerConnection", each)
            .log("ten thousand connections are idle");
        assertThat(slowest).isLessThan(FAST_NANOS);
        assertThat(each).isLessThan(MAX_BYTES_PER_CONNECTION);
        L7Node.await(
            "all have expired", () -> node.count("keep_alive_expired_total") >= IDLE_CONNECTIONS);
      } finally {
        for (var connection : idle) {
          connection.close();
        }
      }
      node.awaitCount("connections_open", 0);
    }
  }

  /** A connection that has had its answer; several addresses, so that ports suffice. */
  private static SocketChannel idleConnection(InetSocketAddress server, int number)
      throws IOException {
    var channel = SocketChannel.open();
    channel.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
    channel.bind(new InetSocketAddress("127.0.5." + (1 + number / IDLE_PER_ADDRESS), 0));
    channel.connect(server);
    channel.write(ByteBuffer.wrap(QUICK));
    var answer = ByteBuffer.allocate(1024);
    while (!new String(answer.array(), 0, answer.position(), ISO_8859_1).endsWith("quick")) {
      if (channel.read(answer) < 0) {
        throw new IOException("closed");
      }
    }
    return channel;
  }

  private static long held(L7Node node) {
    var metrics = node.metrics();
    return L7Node.sum(
        metrics,
        n ->
            n.startsWith("jvm_memory_used_bytes{area=\"heap\"")
                || n.equals("gatehouse_l7_buffer_memory_bytes"));
  }

  /** How long a request takes that comes anew. */
  private static long roundTrip(L7Node node) throws IOException {
    long start = System.nanoTime();
    idleConnection(node.address("web"), 0).close();
    return System.nanoTime() - start;
  }

  private static long openFileLimit() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/limits")).stream()
        .filter(line -> line.startsWith("Max open files"))
        .map(line -> line.split("\\s+", -1)[3])
        .mapToLong(soft -> soft.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(soft))
        .findFirst()
        .orElse(0);
  }

  @Test
  void headsThatComeSlowlyEndInTime() throws Exception {
    attack(
        ATTACKERS,
        "/quick",
        "requests_refused_total{reason=\"head_timeout\"}",
        "request_head_timeout",
        List.of("-H", "-s", "8192", "-x", "10"));
  }

  @Test
  void bodiesThatComeSlowlyEndInTime() throws Exception {
    attack(
        ATTACKERS,
        "/quick",
        "requests_refused_total{reason=\"body_idle_timeout\"}",
        "request_body_timeout",
        List.of("-B", "-s", "8192", "-x", "10"));
  }

  @Test
  void answersThatAreReadSlowlyEndInTime() throws Exception {
    attack(
        READERS,
        "/endless",
        "client_write_timeouts_total",
        "writeIdleNanos",
        // A window of next to nothing, and reads of a few octets that come too seldom.
        List.of("-X", "-n", "10", "-z", "8", "-w", "512", "-y", "1024"));
  }

  /**
   * Many slow clients at once.
   *
   * @param counter that says how they end
   * @param line what the log says
   * @param kind options of slowhttptest
   */
  private void attack(int clients, String path, String counter, String line, List<String> kind)
      throws Exception {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/slowhttptest")), "slowhttptest isn't installed");
    try (var node = L7Node.start(directory, FILE.formatted("2s", backend.port()))) {
      String url = "http://127.0.0.1:%d%s".formatted(node.address("web").getPort(), path);
      var command = new ArrayList<>(List.of("slowhttptest", "-i", "10", "-l", "8", "-u", url));
      command.addAll(List.of("-c", "" + clients, "-r", "" + clients));
      command.addAll(kind);
      var builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("slowhttptest.out").toFile());
      try (var _ = ChildProcess.start(builder)) {
        L7Node.await(counter, () -> node.count(counter) >= clients / 2);
        assertThat(roundTrip(node)).isLessThan(FAST_NANOS);
      }
      node.awaitCount("connections_open", 0);
      node.awaitCount("requests_active", 0);
      assertThat(node.product().lines()).anyMatch(l -> l.text().contains(line));
    }
  }
}
