package io.gatehouse.health;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.transport.LoopCounters;
import io.gatehouse.transport.Transport;
import io.netty.channel.ChannelException;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.Errors;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Probes against real sockets on loopback, over both transports. */
@ParameterizedClass
@EnumSource(
    value = Transport.Choice.class,
    names = {"IO_URING", "EPOLL"})
class ProberTest {
  private static final long LONG_NANOS = SECONDS.toNanos(10);
  private static final long SHORT_NANOS = MILLISECONDS.toNanos(150);

  private final Transport transport;
  private final EventLoopGroup group;
  private final EventLoop loop;
  private final LoopCounters<HealthCounter> counters = new LoopCounters<>(HealthCounter.class, 1);

  ProberTest(Transport.Choice choice) {
    transport = Transport.choose(choice);
    group = transport.eventLoops("health", 1);
    loop = group.next();
  }

  @AfterEach
  void stop() {
    group.shutdownGracefully(0, 5, SECONDS).syncUninterruptibly();
  }

  private static HealthCheck check(Probe probe, long timeoutNanos, boolean proxyProtocol) {
    return new HealthCheck(probe, SECONDS.toNanos(1), 0, timeoutNanos, 1, 1, proxyProtocol);
  }

  private Prober prober(int maxConcurrent) {
    return new Prober(transport, loop, counters.shard(0), Prober::plainLocalHeader, maxConcurrent);
  }

  private static CompletableFuture<ProbeResult> begin(
      Prober prober, EventLoop loop, InetSocketAddress address, HealthCheck check) {
    var result = new CompletableFuture<ProbeResult>();
    loop.execute(() -> prober.probe(address, check, result::complete));
    return result;
  }

  private ProbeResult probe(InetSocketAddress address, HealthCheck check) throws Exception {
    return begin(prober(8), loop, address, check).get(10, SECONDS);
  }

  private ProbeResult get(ScriptedServer server) throws Exception {
    return probe(server.address(), check(Probe.Http.get("/healthz"), LONG_NANOS, false));
  }

  @Test
  void aHandshakeAnswersATcpProbeAndTheProbeEndsWithAReset() throws Exception {
    var ending = new CompletableFuture<Object>();
    try (var server =
        new ScriptedServer(
            connection -> {
              try {
                ending.complete(connection.getInputStream().read());
              } catch (IOException reset) {
                ending.complete(reset.getMessage());
              }
            })) {
      assertThat(probe(server.address(), check(new Probe.Tcp(), LONG_NANOS, false)))
          .isEqualTo(new ProbeResult.Passed("TCP connect"));
      assertThat(ending.get(10, SECONDS)).isEqualTo("Connection reset");
    }
  }

  @Test
  void aClosedPortRefuses() throws Exception {
    assertThat(probe(ScriptedServer.refusing(), check(new Probe.Tcp(), LONG_NANOS, false)))
        .isEqualTo(new ProbeResult.Failed(HealthCounter.FAILED_REFUSED, "connection refused"));
    assertThat(counters.sum(HealthCounter.FAILED_REFUSED)).isEqualTo(1);
  }

  @Test
  void anAddressThatWasNotResolvedIsUnreachable() throws Exception {
    assertThat(
            probe(
                InetSocketAddress.createUnresolved("nowhere.invalid", 80),
                check(new Probe.Tcp(), LONG_NANOS, false)))
        .isEqualTo(
            new ProbeResult.Failed(
                HealthCounter.FAILED_UNREACHABLE, "the address is not resolved"));
  }

  @Test
  void aFullBacklogTimesOutWhileConnecting() throws Exception {
    var fillers = new ArrayList<Socket>();
    try (var server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      var address = (InetSocketAddress) server.getLocalSocketAddress();
      for (int i = 0; i < 8; i++) { // nobody accepts; the kernel drops further SYNs
        var filler = new Socket();
        fillers.add(filler);
        try {
          filler.connect(address, 100);
        } catch (IOException full) {
          break;
        }
      }
      assertThat(probe(address, check(new Probe.Tcp(), SHORT_NANOS, false)))
          .isEqualTo(
              new ProbeResult.Failed(
                  HealthCounter.FAILED_CONNECT_TIMEOUT, "connect timeout after 150 ms"));
    } finally {
      for (var filler : fillers) {
        filler.close();
      }
    }
  }

  @Test
  void sendsALocalHeaderAndTakesTheCloseForTheAnswer() throws Exception {
    var seen = new CompletableFuture<byte[]>();
    try (var server =
        new ScriptedServer(
            connection -> seen.complete(connection.getInputStream().readAllBytes()))) {
      assertThat(probe(server.address(), check(new Probe.Tcp(), LONG_NANOS, true)))
          .isEqualTo(new ProbeResult.Passed("TCP connect and close"));
      assertThat(seen.get(10, SECONDS)).asHexString().isEqualTo("0D0A0D0A000D0A515549540A20000000");
    }
  }

  @Test
  void aProcessThatHangsFailsAProbeWithAHeaderAlthoughItsKernelShakesHands() throws Exception {
    try (var server = new ServerSocket(0, 16, InetAddress.getByName("127.0.0.1"))) {
      var address = (InetSocketAddress) server.getLocalSocketAddress();
      assertThat(probe(address, check(new Probe.Tcp(), SHORT_NANOS, true)))
          .isEqualTo(
              new ProbeResult.Failed(
                  HealthCounter.FAILED_ANSWER_TIMEOUT, "no answer after 150 ms"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP/1.1 200 OK, PROBES_PASSED, HTTP 200",
    "HTTP/1.0 204 , PROBES_PASSED, HTTP 204",
    "HTTP/1.1 399 Odd, PROBES_PASSED, HTTP 399",
    "HTTP/1.1 503 No, FAILED_STATUS, HTTP 503 (expected 200-399)",
    "HTTP/1.1 199 Low, FAILED_STATUS, HTTP 199 (expected 200-399)",
    "HTTP/2 200, FAILED_BAD_ANSWER, the answer is not HTTP/1",
    "SSH-2.0-OpenSSH, FAILED_BAD_ANSWER, the answer is not HTTP/1",
    "HTTP/1.1 099 Low, FAILED_BAD_ANSWER, the answer is not HTTP/1",
  })
  void judgesTheStatusLine(String line, HealthCounter counter, String text) throws Exception {
    var answer = line.equals("HTTP/1.0 204") ? line + " " : line; // the CSV source trims
    try (var server = ScriptedServer.answering(answer + "\r\nContent-Length: 0\r\n\r\n")) {
      var result = get(server);
      assertThat(result.counter()).isEqualTo(counter);
      assertThat(text(result)).isEqualTo(text);
      assertThat(counters.sum(counter)).isEqualTo(1);
    }
  }

  private static String text(ProbeResult result) {
    return switch (result) {
      case ProbeResult.Passed passed -> passed.detail();
      case ProbeResult.Failed(HealthCounter _, String cause) -> cause;
      case ProbeResult.Inconclusive(String cause) -> cause;
    };
  }

  @Test
  void sendsOneCompleteRequest() throws Exception {
    try (var server = ScriptedServer.answering("HTTP/1.1 200 OK\r\n\r\n")) {
      get(server);
      assertThat(server.nextHead())
          .isEqualTo(
              "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: Gatehouse-health\r\nConnection: close\r\n\r\n"
                  .formatted(server.address().getPort()));
    }
  }

  @Test
  void anHttpProbeOpensWithTheHeaderWhereAsked() throws Exception {
    try (var server = ScriptedServer.answering("HTTP/1.1 200 OK\r\n\r\n")) {
      assertThat(probe(server.address(), check(Probe.Http.get("/"), LONG_NANOS, true)))
          .isEqualTo(new ProbeResult.Passed("HTTP 200"));
      assertThat(server.nextHead()).startsWith("\r\n\r\n\0\r\nQUIT\n \0\0\0GET / HTTP/1.1\r\n");
    }
  }

  @Test
  void readsAStatusLineThatComesByteByByte() throws Exception {
    try (var server =
        new ScriptedServer(
            connection -> {
              connection.setTcpNoDelay(true);
              for (char c : "HTTP/1.1 200 Fine\r\n\r\n".toCharArray()) {
                connection.getOutputStream().write(c);
                connection.getOutputStream().flush();
              }
            })) {
      assertThat(get(server)).isEqualTo(new ProbeResult.Passed("HTTP 200"));
    }
  }

  @Test
  void tellsACloseBeforeFromACloseWithinTheStatusLine() throws Exception {
    try (var silent = ScriptedServer.answering("");
        var cut = ScriptedServer.answering("HTTP/1.1 20")) {
      assertThat(text(get(silent))).isEqualTo("closed without an answer");
      assertThat(text(get(cut))).isEqualTo("closed within the status line");
    }
  }

  @Test
  void anEndlessStatusLineIsCutAtItsBound() throws Exception {
    var reset = new CountDownLatch(1);
    try (var server =
        new ScriptedServer(
            connection -> {
              var out = connection.getOutputStream();
              out.write("HTTP/1.1 200 ".getBytes(US_ASCII));
              try {
                for (int i = 0; i < 1_000_000; i++) {
                  out.write("aaaaaaaa".getBytes(US_ASCII));
                }
              } catch (IOException e) {
                reset.countDown();
              }
            })) {
      assertThat(text(get(server))).isEqualTo("the status line exceeds 1024 bytes");
      assertThat(reset.await(10, SECONDS)).isTrue();
    }
  }

  @Test
  void anAnswerThatNeverEndsDoesNotHoldTheConnection() throws Exception {
    var reset = new CountDownLatch(1);
    try (var server =
        new ScriptedServer(
            connection -> {
              var out = connection.getOutputStream();
              out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(US_ASCII));
              try {
                for (int i = 0; i < 10_000; i++) {
                  out.write(new byte[8192]);
                }
              } catch (IOException e) {
                reset.countDown();
              }
            })) {
      assertThat(get(server)).isEqualTo(new ProbeResult.Passed("HTTP 200"));
      assertThat(reset.await(10, SECONDS)).isTrue();
    }
  }

  @Test
  void aServerThatAcceptsAndSaysNothingTimesOut() throws Exception {
    var release = new CountDownLatch(1);
    try (var server = new ScriptedServer(_ -> release.await(10, SECONDS))) {
      assertThat(probe(server.address(), check(Probe.Http.get("/"), SHORT_NANOS, false)))
          .isEqualTo(
              new ProbeResult.Failed(
                  HealthCounter.FAILED_ANSWER_TIMEOUT, "no answer after 150 ms"));
    } finally {
      release.countDown();
    }
  }

  /** A channel that cannot be made, as when the process has no descriptor left. */
  public static final class WithoutDescriptor extends NioSocketChannel {
    public WithoutDescriptor() {
      throw new ChannelException(new Errors.NativeIoException("newSocketStream", -24));
    }
  }

  @Test
  void aProbeThatFindsNoDescriptorSaysNothingOfTheEndpointAndHoldsNoPlace() throws Exception {
    var starved =
        new Transport(
            "starved",
            "a test",
            transport.serverSocketChannel(),
            WithoutDescriptor.class,
            transport.datagramChannel());
    var prober = new Prober(starved, loop, counters.shard(0), Prober::plainLocalHeader, 1);
    var check = check(new Probe.Tcp(), LONG_NANOS, false);
    for (int i = 0; i < 3; i++) {
      assertThat(begin(prober, loop, ScriptedServer.refusing(), check).get(10, SECONDS))
          .isEqualTo(new ProbeResult.Inconclusive("no descriptor left for a probe"));
    }
    assertThat(counters.sum(HealthCounter.PROBES_INCONCLUSIVE)).isEqualTo(3);
    assertThat(counters.sum(HealthCounter.PROBES_DEFERRED)).isZero();
  }

  @Test
  void noMoreProbesRunAtOnceThanMayAndTheOthersWaitTheirTurn() throws Exception {
    var permits = new CountDownLatch(1);
    var arrived = new LinkedBlockingQueue<Socket>();
    try (var server =
        new ScriptedServer(
            connection -> {
              arrived.add(connection);
              permits.await(10, SECONDS);
              connection.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(US_ASCII));
            })) {
      var prober = prober(2);
      var check = check(Probe.Http.get("/"), LONG_NANOS, false);
      List<CompletableFuture<ProbeResult>> results =
          IntStream.range(0, 5)
              .mapToObj(_ -> begin(prober, loop, server.address(), check))
              .toList();
      assertThat(arrived.poll(10, SECONDS)).isNotNull();
      assertThat(arrived.poll(10, SECONDS)).isNotNull();
      assertThat(arrived.poll(100, MILLISECONDS)).isNull();
      permits.countDown();
      for (var result : results) {
        assertThat(result.get(10, SECONDS)).isEqualTo(new ProbeResult.Passed("HTTP 200"));
      }
      assertThat(counters.sum(HealthCounter.PROBES_DEFERRED)).isEqualTo(3);
      assertThat(counters.sum(HealthCounter.PROBES_STARTED)).isEqualTo(5);
    }
  }
}
