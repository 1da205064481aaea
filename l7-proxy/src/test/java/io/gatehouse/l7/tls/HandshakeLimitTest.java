package io.gatehouse.l7.tls;

import static io.gatehouse.l7.tls.HandshakeLimit.Verdict.ADMITTED;
import static io.gatehouse.l7.tls.HandshakeLimit.Verdict.TOO_FAST;
import static io.gatehouse.l7.tls.HandshakeLimit.Verdict.TOO_MANY;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l7.ListenerConfig.Handshakes;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HandshakeLimitTest {
  @Test
  void admitsAsManyAsMayBeUnderWay() {
    var limit = new HandshakeLimit(new Handshakes(2, 0), 0);
    assertThat(limit.begin(0)).isEqualTo(ADMITTED);
    assertThat(limit.begin(0)).isEqualTo(ADMITTED);
    assertThat(limit.begin(0)).isEqualTo(TOO_MANY);
    limit.ended();
    assertThat(limit.begin(0)).isEqualTo(ADMITTED);
  }

  @Test
  void admitsASecondsWorthAtOnceThenAtTheRate() {
    var limit = new HandshakeLimit(new Handshakes(1_000, 10), 0);
    for (int i = 0; i < 10; i++) {
      assertThat(limit.begin(0)).isEqualTo(ADMITTED);
    }
    assertThat(limit.begin(0)).isEqualTo(TOO_FAST);
    assertThat(limit.begin(MILLISECONDS.toNanos(99))).isEqualTo(TOO_FAST);
    assertThat(limit.begin(MILLISECONDS.toNanos(100))).isEqualTo(ADMITTED);
    assertThat(limit.begin(MILLISECONDS.toNanos(100))).isEqualTo(TOO_FAST);
    // A long pause saves no more than a second's worth.
    for (int i = 0; i < 10; i++) {
      assertThat(limit.begin(SECONDS.toNanos(100))).isEqualTo(ADMITTED);
    }
    assertThat(limit.begin(SECONDS.toNanos(100))).isEqualTo(TOO_FAST);
  }

  @Test
  void whatIsTurnedAwayIsNotUnderWay() {
    var limit = new HandshakeLimit(new Handshakes(2, 1), 0);
    assertThat(limit.begin(0)).isEqualTo(ADMITTED);
    assertThat(limit.begin(0)).isEqualTo(TOO_FAST);
    assertThat(limit.begin(0)).isEqualTo(TOO_FAST);
    assertThat(limit.begin(SECONDS.toNanos(1))).isEqualTo(ADMITTED);
    assertThat(limit.begin(SECONDS.toNanos(9))).isEqualTo(TOO_MANY);
  }

  @Test
  void holdsBetweenThreads() throws Exception {
    var limit = new HandshakeLimit(new Handshakes(1_000_000, 1_000), 0);
    try (var threads = Executors.newFixedThreadPool(4)) {
      var tasks =
          IntStream.range(0, 4)
              .<Callable<Long>>mapToObj(
                  i ->
                      () ->
                          IntStream.range(0, 10_000)
                              .filter(n -> limit.begin(0) == ADMITTED)
                              .count())
              .toList();
      long admitted = 0;
      for (var result : threads.invokeAll(tasks)) {
        admitted += result.get();
      }
      assertThat(admitted).isEqualTo(1_000);
    }
  }
}
