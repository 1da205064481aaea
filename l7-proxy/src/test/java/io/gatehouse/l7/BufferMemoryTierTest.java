package io.gatehouse.l7;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l7.RejectedConnection.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.IOException;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/** What becomes of new work when buffers take as much memory as they may, and what they take. */
class BufferMemoryTierTest {
  private static final int MIB = 1024 * 1024;

  /** Buffers so large that the allocator keeps none of them when they are given back. */
  private static final int PIECE_BYTES = 32 * MIB;

  private static final int PIECES = 4;
  private static final long ROOM_BYTES = (long) PIECES * PIECE_BYTES;

  private static long usedBytes() {
    return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric().usedDirectMemory();
  }

  /** Takes memory until a running tier has as much as it may, runs this, and gives it back. */
  private static void whileScarce(TierFixture fixture, Script script) throws Exception {
    var taken = new ArrayList<ByteBuf>();
    try {
      for (int i = 0; i <= PIECES; i++) {
        taken.add(ByteBufAllocator.DEFAULT.directBuffer(PIECE_BYTES));
      }
      TierFixture.await("memory is scarce", () -> fixture.tier().status().memory().scarce());
      script.run();
    } finally {
      taken.forEach(ByteBuf::release);
    }
  }

  /** Part of a test. */
  private interface Script {
    void run() throws Exception;
  }

  @OnEachTransport
  void refusesNewWorkWhileMemoryIsScarceAndTakesItAgainLater(TierFixture fixture) throws Exception {
    fixture.bufferMemoryBytes = usedBytes() + ROOM_BYTES;
    fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    try (var client = fixture.connect()) {
      assertThat(client.get("/").status()).isEqualTo(200);
      fixture.recordings.next();
      whileScarce(fixture, () -> assertNothingNewIsTaken(fixture, client));
    }
    TierFixture.await("memory is free", () -> !fixture.tier().status().memory().scarce());
    try (var client = fixture.connect()) {
      assertThat(client.get("/").status()).isEqualTo(200);
    }
    assertThat(fixture.count(L7Counter.REFUSED_MEMORY)).isEqualTo(1);
    assertThat(fixture.count(L7Counter.REJECTED_MEMORY)).isEqualTo(1);
  }

  private static void assertNothingNewIsTaken(TierFixture fixture, RawClient client)
      throws Exception {
    var answer = client.get("/");
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.field("connection")).hasValue("close");
    var record = fixture.recordings.next();
    assertThat(record.reason()).isEqualTo("buffer_memory");
    assertThat(record.flags()).isEqualTo("OM");
    try (var other = fixture.connect()) {
      assertThat(other.isClosedByPeer()).isTrue();
    }
    assertThat(fixture.recordings.nextRejection().reason()).isEqualTo(Reason.BUFFER_MEMORY);
  }

  @OnEachTransport
  void letsWhatIsUnderWayGoOn(TierFixture fixture) throws Exception {
    fixture.bufferMemoryBytes = usedBytes() + ROOM_BYTES;
    var goOn = new CountDownLatch(1);
    fixture.backend(
        RawBackend.answering(
            request -> {
              goOn.await();
              return RawBackend.ok("hi");
            }));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      fixture.awaitCount(L7Counter.UPSTREAM_CONNECTIONS, 1);
      whileScarce(
          fixture,
          () -> {
            goOn.countDown();
            assertThat(client.response().text()).isEqualTo("hi");
          });
    }
  }

  /** Clients that ask for much and read nothing cost what {@link BufferBound} says at most. */
  @OnEachTransport
  void takesNoMoreForSlowClientsThanTheBoundSays(TierFixture fixture) throws Exception {
    int clients = 40;
    fixture.limits =
        new ListenerConfig.Limits(1_000, 1_000, 64 * 1024, 8 * 1024, 100, 1L << 30, 32 * 1024);
    var sent = new AtomicLong();
    fixture.backend(
        new RawBackend(
            connection -> {
              connection.request();
              connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
              var piece = new byte[100_000];
              while (true) {
                connection.send(piece);
                sent.addAndGet(piece.length);
              }
            }));
    fixture.start();
    long before = usedBytes();
    var open = new ArrayList<RawClient>();
    try {
      for (int i = 0; i < clients; i++) {
        open.add(fixture.connect().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
      }
      BodyTest.awaitStandstill(sent);
      long bound = BufferBound.of(fixture.config()).getFirst().http1Bytes();
      // The allocator takes chunks, and a client that reads nothing fills the read of each side.
      assertThat(usedBytes() - before).isLessThan(clients * bound);
    } finally {
      for (RawClient client : open) {
        close(client);
      }
    }
    fixture.awaitCount(L7Counter.UPSTREAM_CONNECTIONS_OPEN, 0);
  }

  private static void close(RawClient client) {
    try {
      client.close();
    } catch (IOException e) {
      // It is gone.
    }
  }
}
