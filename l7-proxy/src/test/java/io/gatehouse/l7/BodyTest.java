package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.testkit.SeededCases;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/** Bodies arrive byte for byte in both directions, without being held. */
class BodyTest {
  private static final int[] SIZES = {0, 1, 100, 4096, 4097, 65_536, 1 << 20};
  private static final int LARGE = 20 << 20;

  @OnEachTransport
  void carriesBodiesOfAllSizesBothWays(TierFixture fixture) throws Exception {
    fixture.backend(echo());
    fixture.start();
    try (var client = fixture.connect()) {
      for (int size : SIZES) {
        for (boolean chunked : new boolean[] {false, true}) {
          exchange(client, body(size, size), chunked, chunked ? "/chunked" : "/length");
        }
      }
    }
  }

  @OnEachTransport
  void carriesALargeBodyBothWays(TierFixture fixture) throws Exception {
    fixture.backend(echo());
    fixture.start();
    try (var client = fixture.connect()) {
      exchange(client, body(LARGE, 1), false, "/chunked");
      exchange(client, body(LARGE, 2), true, "/length");
    }
  }

  @OnEachTransport
  void carriesBodiesCutAnyhow(TierFixture fixture) throws Exception {
    fixture.backend(echo());
    fixture.start();
    SeededCases.check(
        20,
        random -> {
          try (var client = fixture.connect()) {
            for (int i = 0; i < 5; i++) {
              byte[] body = body(random.nextInt(20_000), random.nextLong());
              exchange(
                  client,
                  body,
                  random.nextBoolean(),
                  random.nextBoolean() ? "/chunked" : "/length");
            }
          }
        });
  }

  @OnEachTransport
  void holdsBackABackendWhileTheClientDoesNotRead(TierFixture fixture) throws Exception {
    var sent = new AtomicLong();
    var stuck = new CountDownLatch(1);
    byte[] body = body(LARGE, 3);
    fixture.backend(
        new RawBackend(
            connection -> {
              connection.request();
              connection.socket().setSendBufferSize(64 * 1024);
              connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n");
              for (int at = 0; at < body.length; at += 64 * 1024) {
                int length = Math.min(64 * 1024, body.length - at);
                connection.socket().getOutputStream().write(body, at, length);
                sent.addAndGet(length);
              }
              stuck.countDown();
              connection.awaitClose();
            }));
    fixture.start();
    try (var socket = new java.net.Socket()) {
      socket.setReceiveBufferSize(64 * 1024);
      socket.connect(fixture.address());
      var client = new RawClient(socket);
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      awaitStandstill(sent);
      // What the kernel holds on four sockets, and the tier's water marks; not the body.
      assertThat(sent.get()).isLessThan(LARGE * 3L / 4);
      assertThat(sha256(client.response().body())).isEqualTo(sha256(body));
      assertThat(stuck.await(10, SECONDS)).isTrue();
    }
  }

  @OnEachTransport
  void holdsBackAClientWhileTheBackendDoesNotRead(TierFixture fixture) throws Exception {
    var goOn = new CountDownLatch(1);
    byte[] body = body(LARGE, 4);
    fixture.backend(
        new RawBackend(
            connection -> {
              connection.socket().setReceiveBufferSize(64 * 1024);
              connection.requestHead();
              goOn.await(10, SECONDS);
              connection.send(RawBackend.ok(sha256(connection.in().readNBytes(body.length))));
              connection.awaitClose();
            }));
    fixture.start();
    try (var client = fixture.connect()) {
      var sent = new AtomicLong();
      var sending =
          CompletableFuture.runAsync(
              () -> {
                try {
                  client.send(
                      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + body.length + "\r\n\r\n");
                  for (int at = 0; at < body.length; at += 64 * 1024) {
                    int length = Math.min(64 * 1024, body.length - at);
                    client.socket().getOutputStream().write(body, at, length);
                    sent.addAndGet(length);
                  }
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      awaitStandstill(sent);
      assertThat(sent.get()).isLessThan(LARGE * 3L / 4);
      goOn.countDown();
      assertThat(client.response().text()).isEqualTo(sha256(body));
      sending.get(10, SECONDS);
    }
  }

  @OnEachTransport
  void passesAnAnswerThatComesBeforeTheBodyIsWhole(TierFixture fixture) throws Exception {
    fixture.backend(
        new RawBackend(
            connection -> {
              connection.requestHead();
              connection.send(
                  "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
            }));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n");
      var stop = new java.util.concurrent.atomic.AtomicBoolean();
      var sending = Thread.ofVirtual().start(() -> sendUntil(stop, client));
      var answer = client.response();
      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text()).isEqualTo("no");
      assertThat(answer.field("connection")).hasValue("close");
      stop.set(true);
      sending.join();
    }
    assertThat(fixture.recordings.next().status()).isEqualTo(403);
  }

  @OnEachTransport
  void relaysBothBodiesAtOnce(TierFixture fixture) throws Exception {
    fixture.backend(
        new RawBackend(
            connection -> {
              connection.requestHead();
              connection.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n");
              for (int i = 0; i < 3; i++) {
                connection.send(connection.in().readNBytes(1));
              }
              connection.awaitClose();
            }));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n");
      HttpMessage.readHead(client.in());
      for (byte octet : new byte[] {'x', 'y', 'z'}) {
        client.send(new byte[] {octet});
        assertThat(client.in().read()).isEqualTo(octet);
      }
    }
  }

  private static void sendUntil(java.util.concurrent.atomic.AtomicBoolean stop, RawClient client) {
    try {
      while (!stop.get()) {
        client.send(new byte[1024]);
      }
    } catch (IOException e) {
      // The tier has had enough.
    }
  }

  /** Waits until a sender has made no progress for a while. */
  static void awaitStandstill(AtomicLong sent) {
    var last = new AtomicLong(-1);
    var since = new AtomicLong(System.nanoTime());
    TierFixture.await(
        "a standstill",
        () -> {
          long now = System.nanoTime();
          if (last.getAndSet(sent.get()) != sent.get()) {
            since.set(now);
          }
          return now - since.get() > SECONDS.toNanos(1);
        });
  }

  private static RawBackend echo() throws IOException {
    return RawBackend.answering(
        request -> {
          var out = new java.io.ByteArrayOutputStream();
          out.write(
              ("HTTP/1.1 200 OK\r\nX-Got: " + sha256(request.body()) + "\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
          write(out, request.body(), request.startLine().contains("/chunked"));
          return out.toByteArray();
        });
  }

  private static void exchange(RawClient client, byte[] body, boolean chunked, String path)
      throws Exception {
    var sending =
        CompletableFuture.runAsync(
            () -> {
              try {
                var out = new java.io.ByteArrayOutputStream();
                out.write(
                    ("POST " + path + " HTTP/1.1\r\nHost: a\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
                write(out, body, chunked);
                client.send(out.toByteArray());
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    var answer = client.response();
    sending.get(20, SECONDS);
    assertThat(answer.field("x-got")).hasValue(sha256(body));
    assertThat(answer.chunked()).isEqualTo(path.equals("/chunked"));
    assertThat(sha256(answer.body())).isEqualTo(sha256(body));
  }

  /** Ends a head and writes a body, in chunks of growing size or with its length. */
  private static void write(OutputStream out, byte[] body, boolean chunked) throws IOException {
    if (!chunked) {
      out.write(
          ("Content-Length: " + body.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      out.write(body);
      return;
    }
    out.write("Transfer-Encoding: chunked\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    int size = 1;
    for (int at = 0; at < body.length; at += size, size = Math.min(size * 3, 100_000)) {
      size = Math.min(size, body.length - at);
      out.write((Integer.toHexString(size) + "\r\n").getBytes(StandardCharsets.US_ASCII));
      out.write(body, at, size);
      out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
    }
    out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] body(int size, long seed) {
    var body = new byte[size];
    new SplittableRandom(seed).nextBytes(body);
    return body;
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
