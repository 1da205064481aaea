package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/**
 * A peer that has sent its last byte while its bytes aren't wanted: they stay in the kernel, though
 * Netty would read them all as soon as it sees the end.
 */
class EarlyEndTest {
  private static final int PIECE = 16 * 1024;
  private static final int LAST_PIECE = 48 * 1024;

  @OnEachTransport
  void leavesTheAnswerOfABackendThatClosesInTheKernel(TierFixture fixture) throws Exception {
    var sent = new CompletableFuture<Long>();
    fixture.backend(
        new RawBackend(
            connection -> {
              if (connection.request().startLine().contains("/small")) {
                connection.send("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
                return;
              }
              connection.send("HTTP/1.1 200 OK\r\n\r\n");
              sent.complete(
                  sendUntilUnread(
                      connection.socket(), () -> fixture.count(L7Counter.RESPONSE_BODY_BYTES)));
            }));
    fixture.start();
    try (var socket = new Socket()) {
      socket.setReceiveBufferSize(64 * 1024);
      socket.connect(fixture.address());
      var client = new RawClient(socket);
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      long total = sent.get(20, SECONDS);
      letTheLoopGoRound(fixture);
      assertThat(fixture.count(L7Counter.RESPONSE_BODY_BYTES)).isLessThan(total - LAST_PIECE / 2);
      assertThat(client.response().body()).hasSize((int) total);
    }
    assertThat(fixture.count(L7Counter.INTERNAL_ERRORS)).isZero();
  }

  @OnEachTransport
  void leavesTheBodyOfAClientThatEndsInTheKernel(TierFixture fixture) throws Exception {
    var readOn = new CountDownLatch(1);
    var got = new CompletableFuture<Long>();
    fixture.backend(
        new RawBackend(
            connection -> {
              connection.socket().setReceiveBufferSize(64 * 1024);
              if (connection.requestHead().startsWith("GET /small")) {
                connection.send("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
                return;
              }
              connection.send(
                  "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
                      + "Upgrade: websocket\r\n\r\n");
              readOn.await(30, SECONDS);
              got.complete(connection.in().transferTo(java.io.OutputStream.nullOutputStream()));
            }));
    fixture.upgrade = Set.of(Upgrade.WEBSOCKET);
    fixture.start();
    try (var client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
      HttpMessage.readHead(client.in());
      long total =
          sendUntilUnread(client.socket(), () -> fixture.count(L7Counter.REQUEST_BODY_BYTES));
      letTheLoopGoRound(fixture);
      assertThat(queuedInTheKernel(fixture, client.socket())).isGreaterThan(LAST_PIECE / 2);
      readOn.countDown();
      assertThat(got.get(20, SECONDS)).isEqualTo(total);
    }
    assertThat(fixture.recordings.isEmpty()).isFalse();
    assertThat(fixture.count(L7Counter.INTERNAL_ERRORS)).isZero();
  }

  /**
   * Sends pieces until they are no longer read, then one that the receive buffer still takes, and
   * ends.
   *
   * @return bytes sent
   */
  private static long sendUntilUnread(Socket socket, LongSupplier read) throws Exception {
    var out = socket.getOutputStream();
    long sent = 0;
    do {
      out.write(new byte[PIECE]);
      sent += PIECE;
    } while (isRead(sent, read));
    out.write(new byte[LAST_PIECE]);
    socket.shutdownOutput();
    return sent + LAST_PIECE;
  }

  private static boolean isRead(long bytes, LongSupplier read) {
    long deadlineNanos = System.nanoTime() + SECONDS.toNanos(1);
    while (read.getAsLong() < bytes && System.nanoTime() - deadlineNanos < 0) {
      LockSupport.parkNanos(MILLISECONDS.toNanos(1));
    }
    return read.getAsLong() >= bytes;
  }

  /** Bytes that the kernel holds for the tier on its side of a client's connection (proc(5)). */
  private static long queuedInTheKernel(TierFixture fixture, Socket client) throws Exception {
    String ends =
        ":%04X [0-9A-F]*:%04X ".formatted(fixture.address().getPort(), client.getLocalPort());
    var line = Pattern.compile(ends + "[0-9A-F]{2} [0-9A-F]{8}:([0-9A-F]{8}) ");
    for (String table : new String[] {"/proc/net/tcp", "/proc/net/tcp6"}) {
      var found = line.matcher(Files.readString(Path.of(table)));
      if (found.find()) {
        return Long.parseLong(found.group(1), 16);
      }
    }
    throw new AssertionError("no such connection");
  }

  /** Whatever came before these requests has been seen by the loop when they are answered. */
  private static void letTheLoopGoRound(TierFixture fixture) throws Exception {
    try (var client = fixture.connect()) {
      for (int i = 0; i < 50; i++) {
        assertThat(client.get("/small").status()).isEqualTo(204);
      }
    }
  }
}
