package io.gatehouse.benchmarks.latency;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class PacedLoopTest {
  private static final byte[] REQUEST =
      "GET / HTTP/1.1\r\nHost: benchmark\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int CONNECTIONS = 4;
  private static final long INTERVAL_NANOS = MILLISECONDS.toNanos(10);

  /** Half a second; the first tenth is warm-up. */
  private static Span span() {
    long start = System.nanoTime();
    return new Span(start, start + 10 * INTERVAL_NANOS, start + 50 * INTERVAL_NANOS);
  }

  private static PacedLoop.Outcome run(int port) throws IOException {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    return new PacedLoop(address, false, REQUEST, CONNECTIONS, INTERVAL_NANOS, span()).call();
  }

  @Test
  void everyRequestThatWasDueIsCountedOnceHoweverSlowTheMachineIs() throws IOException {
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 5);
          try (var body = exchange.getResponseBody()) {
            body.write("hello".getBytes(StandardCharsets.US_ASCII));
          }
        });
    try (var threads = Executors.newCachedThreadPool()) {
      server.setExecutor(threads);
      server.start();
      var outcome = run(server.getAddress().getPort());
      server.stop(0);
      assertThat(outcome.broken()).isZero();
      assertThat(outcome.sortedNanos()).hasSize(CONNECTIONS * 40).isSorted();
      assertThat(outcome.sortedNanos()[0]).isPositive();
    }
  }

  @Test
  void aServerThatNeverAnswersIsChargedUntilTheEnd() throws IOException {
    try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      var outcome = run(silent.getLocalPort());
      assertThat(outcome.sortedNanos()).hasSize(CONNECTIONS * 40);
      assertThat(outcome.sortedNanos()[CONNECTIONS * 40 - 1]).isEqualTo(40 * INTERVAL_NANOS);
    }
  }

  @Test
  void aConnectionThatTheServerClosesIsBroken() throws Exception {
    try (var closing = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        var threads = Executors.newSingleThreadExecutor()) {
      threads.submit(
          () -> {
            for (int i = 0; i < CONNECTIONS; i++) {
              closing.accept().close();
            }
            return null;
          });
      assertThat(run(closing.getLocalPort()).broken()).isEqualTo(CONNECTIONS);
    }
  }
}
