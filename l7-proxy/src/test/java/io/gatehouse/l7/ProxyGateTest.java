package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l7.RejectedConnection.Reason;
import io.gatehouse.proxyprotocol.ByteString;
import io.gatehouse.proxyprotocol.ProxyHeader;
import io.gatehouse.proxyprotocol.ProxyHeaderEncoder;
import io.gatehouse.proxyprotocol.SignedOrigin;
import io.gatehouse.proxyprotocol.Tlv;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The PROXY gate: who comes through, and what becomes of those who don't. */
class ProxyGateTest {
  private static final InetSocketAddress CLIENT = new InetSocketAddress("203.0.113.7", 51_000);
  private static final InetSocketAddress VIP = new InetSocketAddress("198.51.100.1", 443);
  private static final byte[] HEADER =
      bytes(
          ProxyHeader.tcp(
              CLIENT, VIP, new Tlv.UniqueId(ByteString.utf8("l4-a/mik3-7")), new Tlv.Crc32c()));

  private static final SignedOrigin ORIGIN = new SignedOrigin(List.of(new byte[32]), 60_000);

  private static byte[] bytes(ProxyHeader header) {
    var buffer = ProxyHeaderEncoder.encode(header, UnpooledByteBufAllocator.DEFAULT);
    try {
      var bytes = new byte[buffer.readableBytes()];
      buffer.readBytes(bytes);
      return bytes;
    } finally {
      buffer.release();
    }
  }

  private static TierFixture gated(TierFixture fixture, String... trusted) throws Exception {
    fixture.gate =
        new ListenerConfig.ProxyGate(true, List.of(trusted), MILLISECONDS.toNanos(400), 4096);
    fixture.backend(RawBackend.answering(request -> RawBackend.ok(request.head())));
    return fixture.start();
  }

  @OnEachTransport
  void restoresTheClient(TierFixture fixture) throws Exception {
    gated(fixture, "127.0.0.0/8");
    try (var client = fixture.connect()) {
      client.send(HEADER);
      var answer = client.get("/");
      assertThat(answer.text())
          .contains("x-forwarded-for: 203.0.113.7\r\n")
          .contains("x-forwarded-port: 443\r\n");
      var record = fixture.recordings.next();
      assertThat(record.client()).isEqualTo("203.0.113.7");
      assertThat(record.peer()).isEqualTo("127.0.0.1");
      assertThat(record.l4UniqueId()).isEqualTo("l4-a/mik3-7");
      assertThat(record.l4Node()).isEqualTo("l4-a");
    }
  }

  @OnEachTransport
  void takesHeaderAndRequestInOnePacketOrByteByByte(TierFixture fixture) throws Exception {
    gated(fixture, "127.0.0.0/8");
    byte[] request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    var both = java.util.Arrays.copyOf(HEADER, HEADER.length + request.length);
    System.arraycopy(request, 0, both, HEADER.length, request.length);
    try (var client = fixture.connect()) {
      assertThat(client.send(both).response().text()).contains("203.0.113.7");
    }
    try (var client = fixture.connect()) {
      for (byte octet : both) {
        client.send(new byte[] {octet});
      }
      assertThat(client.response().text()).contains("203.0.113.7");
    }
  }

  @OnEachTransport
  void takesVersion1(TierFixture fixture) throws Exception {
    gated(fixture, "127.0.0.1");
    try (var client = fixture.connect()) {
      client.send("PROXY TCP4 203.0.113.9 198.51.100.1 1234 80\r\n");
      assertThat(client.get("/").text()).contains("x-forwarded-for: 203.0.113.9\r\n");
    }
  }

  @OnEachTransport
  void closesOnHalfAHeaderAfterItsDeadline(TierFixture fixture) throws Exception {
    gated(fixture, "127.0.0.0/8");
    try (var client = fixture.connect()) {
      client.send(java.util.Arrays.copyOf(HEADER, 20));
      assertThat(client.isClosedByPeer()).isTrue();
    }
    assertRejected(fixture, Reason.PROXY_HEADER_TIMEOUT);
  }

  @OnEachTransport
  void closesOnSilenceAfterTheDeadline(TierFixture fixture) throws Exception {
    gated(fixture, "127.0.0.0/8");
    try (var client = fixture.connect()) {
      assertThat(client.isClosedByPeer()).isTrue();
    }
    assertRejected(fixture, Reason.PROXY_HEADER_TIMEOUT);
  }

  @OnEachTransport
  void closesOnGarbageAtOnce(TierFixture fixture) throws Exception {
    gated(fixture, "127.0.0.0/8");
    try (var client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.isClosedByPeer()).isTrue();
    }
    assertRejected(fixture, Reason.PROXY_HEADER_INVALID);
  }

  @OnEachTransport
  void closesOnAHeaderWhoseChecksumIsWrong(TierFixture fixture) throws Exception {
    gated(fixture, "127.0.0.0/8");
    byte[] broken = HEADER.clone();
    broken[20] ^= 1;
    try (var client = fixture.connect()) {
      client.send(broken);
      assertThat(client.isClosedByPeer()).isTrue();
    }
    assertThat(assertRejected(fixture, Reason.PROXY_HEADER_INVALID).detail())
        .startsWith("bad_checksum");
  }

  @OnEachTransport
  void countsAPeerThatClosesInTheHeader(TierFixture fixture) throws Exception {
    gated(fixture, "127.0.0.0/8");
    try (var client = fixture.connect()) {
      client.send(java.util.Arrays.copyOf(HEADER, 20));
    }
    assertRejected(fixture, Reason.PROXY_HEADER_CUT);
  }

  @OnEachTransport
  void closesOnAPeerThatMayNotSendOne(TierFixture fixture) throws Exception {
    gated(fixture, "10.0.0.0/8");
    try (var client = fixture.connect()) {
      assertThat(client.isClosedByPeer()).isTrue();
    }
    assertRejected(fixture, Reason.UNTRUSTED_PEER);
  }

  @OnEachTransport
  void servesAProbeAndKeepsItOutOfTheLog(TierFixture fixture) throws Exception {
    gated(fixture, "127.0.0.0/8");
    try (var probe = fixture.connect()) {
      probe.send(bytes(ProxyHeader.local()));
      assertThat(probe.get("/").status()).isEqualTo(200);
    }
    try (var probe = fixture.connect()) {
      probe.send(bytes(ProxyHeader.local()));
    }
    fixture.awaitCount(L7Counter.CONNECTIONS_LOCAL, 2);
    fixture.awaitCount(L7Counter.CONNECTIONS_OPEN, 0);
    assertThat(fixture.recordings.isEmpty()).isTrue();
    assertThat(fixture.count(L7Counter.REQUESTS)).isEqualTo(1);
  }

  @OnEachTransport
  void takesWhatTheClusterHasSigned(TierFixture fixture) throws Exception {
    signed(fixture);
    try (var client = fixture.connect()) {
      client.send(bytes(ORIGIN.sign(ProxyHeader.tcp(CLIENT, VIP), System.currentTimeMillis())));
      assertThat(client.get("/").text()).contains("x-forwarded-for: 203.0.113.7\r\n");
    }
    try (var probe = fixture.connect()) {
      probe.send(bytes(ORIGIN.sign(ProxyHeader.local(), System.currentTimeMillis())));
      assertThat(probe.get("/").status()).isEqualTo(200);
    }
  }

  @OnEachTransport
  void closesOnAHeaderThatNobodyHasSigned(TierFixture fixture) throws Exception {
    signed(fixture);
    assertRefused(fixture, HEADER, Reason.ORIGIN_UNSIGNED);
  }

  @OnEachTransport
  void closesOnAProbeThatNobodyHasSigned(TierFixture fixture) throws Exception {
    signed(fixture);
    assertRefused(fixture, bytes(ProxyHeader.local()), Reason.ORIGIN_UNSIGNED);
  }

  @OnEachTransport
  void closesOnAHeaderSignedWithAnotherSecret(TierFixture fixture) throws Exception {
    signed(fixture);
    byte[] other = new byte[32];
    other[0] = 1;
    var forged =
        new SignedOrigin(List.of(other), 60_000)
            .sign(ProxyHeader.tcp(CLIENT, VIP), System.currentTimeMillis());
    assertRefused(fixture, bytes(forged), Reason.ORIGIN_FORGED);
  }

  @OnEachTransport
  void closesOnAHeaderSignedTooLongAgo(TierFixture fixture) throws Exception {
    signed(fixture);
    var old = ORIGIN.sign(ProxyHeader.tcp(CLIENT, VIP), System.currentTimeMillis() - 120_000);
    assertRefused(fixture, bytes(old), Reason.ORIGIN_EXPIRED);
  }

  private static void signed(TierFixture fixture) throws Exception {
    fixture.gate =
        new ListenerConfig.ProxyGate(
            true, List.of("127.0.0.0/8"), MILLISECONDS.toNanos(400), 4096, ORIGIN);
    fixture.backend(RawBackend.answering(request -> RawBackend.ok(request.head())));
    fixture.start();
  }

  private static void assertRefused(TierFixture fixture, byte[] header, Reason reason)
      throws Exception {
    try (var client = fixture.connect()) {
      client.send(header);
      assertThat(client.isClosedByPeer()).isTrue();
    }
    assertRejected(fixture, reason);
  }

  @OnEachTransport
  void takesNoHeaderWhereNoneIsExpected(TierFixture fixture) throws Exception {
    fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send(HEADER);
      assertThat(client.response().status()).isEqualTo(400);
    }
  }

  private static RejectedConnection assertRejected(TierFixture fixture, Reason reason)
      throws Exception {
    var rejection = fixture.recordings.nextRejection();
    assertThat(rejection.reason()).isEqualTo(reason);
    assertThat(rejection.listener()).isEqualTo("web");
    assertThat(rejection.peer().getAddress().getHostAddress()).isEqualTo("127.0.0.1");
    assertThat(fixture.count(reason.counter())).isEqualTo(1);
    fixture.awaitCount(L7Counter.CONNECTIONS_OPEN, 0);
    return rejection;
  }
}
