package io.gatehouse.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class EpollTest {
  private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long TOKEN = 0xfedc_ba98_7654_3210L;

  private Epoll epoll;
  private TcpPair pair;

  @BeforeEach
  void open() throws Exception {
    epoll = Epoll.open(8);
    pair = TcpPair.open();
  }

  @AfterEach
  void close() {
    epoll.close();
    pair.close();
  }

  @Test
  void reportsALevelForAsLongAsItLasts() throws Exception {
    epoll.add(pair.server, Epoll.IN, TOKEN);
    assertThat(epoll.await(0)).isZero();
    pair.send(pair.client, "abc");
    for (int i = 0; i < 3; i++) {
      assertThat(epoll.await(WAIT_NANOS)).isEqualTo(1);
      assertThat(epoll.events(0)).isEqualTo(Epoll.IN);
      assertThat(epoll.token(0)).isEqualTo(TOKEN);
    }
    assertThat(pair.receive(pair.server, 3)).isEqualTo("abc");
    assertThat(epoll.await(0)).isZero();
  }

  @Test
  void reportsAnEdgeOnceAndAgainWhenAsked() throws Exception {
    epoll.add(pair.server, Epoll.IN | Epoll.ET, 1);
    pair.send(pair.client, "abc");
    assertThat(epoll.await(WAIT_NANOS)).isEqualTo(1);
    assertThat(epoll.await(0)).isZero();
    pair.send(pair.client, "def");
    assertThat(epoll.await(WAIT_NANOS)).isEqualTo(1);
    epoll.modify(pair.server, Epoll.IN | Epoll.ET, 2);
    assertThat(epoll.await(WAIT_NANOS)).isEqualTo(1);
    assertThat(epoll.token(0)).isEqualTo(2);
  }

  @Test
  void tellsTheEndOfTheStreamFromData() throws Exception {
    epoll.add(pair.server, Epoll.RDHUP, 7);
    pair.send(pair.client, "abc");
    TcpPair.await(pair.server, Epoll.IN);
    assertThat(epoll.await(0)).isZero();
    assertThat(Sockets.shutdownOutput(pair.client)).isZero();
    assertThat(epoll.await(WAIT_NANOS)).isEqualTo(1);
    assertThat(epoll.events(0)).isEqualTo(Epoll.RDHUP);
    assertThat(pair.receive(pair.server, 3)).isEqualTo("abc");
    assertThat(pair.recv(pair.server)).isZero();
  }

  @Test
  void reportsSeveralAtOnceEachWithItsToken() throws Exception {
    epoll.add(pair.server, Epoll.OUT, 1);
    epoll.add(pair.client, Epoll.OUT, 2);
    assertThat(epoll.await(WAIT_NANOS)).isEqualTo(2);
    assertThat(new long[] {epoll.token(0), epoll.token(1)}).containsExactlyInAnyOrder(1, 2);
    assertThat(epoll.events(1)).isEqualTo(Epoll.OUT);
    assertThatThrownBy(() -> epoll.token(2)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void removesWhatIsThereAndWhatIsNot() throws Exception {
    epoll.add(pair.server, Epoll.OUT, 1);
    epoll.remove(pair.server);
    epoll.remove(pair.server);
    epoll.remove(-1);
    assertThat(epoll.await(0)).isZero();
    assertThatThrownBy(() -> epoll.modify(pair.server, Epoll.OUT, 1))
        .hasMessage("epoll_ctl: ENOENT (2)");
    epoll.add(pair.server, Epoll.OUT, 1);
    assertThatThrownBy(() -> epoll.add(pair.server, Epoll.OUT, 1))
        .hasMessage("epoll_ctl: EEXIST (17)");
  }

  @Test
  void waitsNoShorterThanAsked() throws Exception {
    for (long nanos : new long[] {1, 300_000, 2_500_000}) {
      long start = System.nanoTime();
      assertThat(epoll.await(nanos)).isZero();
      assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(nanos);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "-1, -1",
    "0, 0",
    "1, 1",
    "999999, 1",
    "1000000, 1",
    "1000001, 2",
    "9223372036854775807, 2147483647",
  })
  void roundsUpWhereTheKernelCountsInMilliseconds(long nanos, int millis) {
    assertThat(Epoll.timeoutMillis(nanos)).isEqualTo(millis);
  }

  @Test
  void wakesForAnotherThreadOnceUntilDrained() throws Exception {
    try (var waker = Waker.open()) {
      epoll.add(waker.fd(), Epoll.IN, 5);
      for (int round = 0; round < 100; round++) {
        var other = Thread.ofPlatform().start(() -> wakeTwice(waker));
        assertThat(epoll.await(WAIT_NANOS)).isEqualTo(1);
        assertThat(epoll.token(0)).isEqualTo(5);
        other.join();
        waker.drain();
        assertThat(epoll.await(0)).isZero();
      }
    }
  }

  private static void wakeTwice(Waker waker) {
    waker.wake();
    waker.wake();
  }

  @Test
  void isNotWokenOnceClosed() throws Exception {
    var waker = Waker.open();
    waker.close();
    waker.close();
    // The number is free again: the next to open gets it, and must not be written to.
    try (var reused = Waker.open()) {
      assertThat(reused.fd()).isEqualTo(waker.fd());
      waker.wake();
      epoll.add(reused.fd(), Epoll.IN, 5);
      assertThat(epoll.await(0)).isZero();
    }
  }

  @Test
  void isOfNoUseOnceClosed() throws Exception {
    epoll.add(pair.server, Epoll.OUT, 1);
    epoll.close();
    epoll.close();
    epoll.remove(pair.server);
    assertThatThrownBy(() -> epoll.await(-1)).hasMessage("epoll_wait: EBADF (9)");
    assertThatThrownBy(() -> epoll.add(pair.server, Epoll.OUT, 1))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void refusesToWaitForNothing() {
    assertThatThrownBy(() -> Epoll.open(0)).hasMessage("epoll events: 0 (expected: 1 to 65536)");
  }
}
