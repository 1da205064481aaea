package io.gatehouse.l4;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SourceGateTest {
  private static final RateLimit TWO = new RateLimit(1, 2);

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 192.0.2.1, 32, 64, true",
    "192.0.2.1, 192.0.2.2, 32, 64, false",
    "192.0.2.1, 192.0.2.254, 24, 64, true",
    "192.0.2.1, 192.0.3.1, 24, 64, false",
    "192.0.2.0, 192.0.3.255, 23, 64, true",
    "192.0.2.0, 192.0.4.0, 23, 64, false",
    "2001:db8::1, 2001:db8::ffff:ffff, 32, 64, true",
    "2001:db8::1, 2001:db8:0:1::1, 32, 64, false",
    "2001:db8:0:1::, 2001:db8:0:2::, 32, 60, true",
    "2001:db8:0:1::, 2001:db8:0:11::, 32, 60, false",
    "2001:db8::1, 2001:db8::2, 32, 128, false",
    "0.0.0.0, 255.255.255.255, 1, 1, false",
  })
  void countsANetworkAsOneSource(String one, String other, int ipv4, int ipv6, boolean same) {
    var gate = new SourceGate(new SourceRateLimit(TWO, ipv4, ipv6), 1);
    assertThat(gate.admits(InetAddress.ofLiteral(one), 0)).isTrue();
    assertThat(gate.admits(InetAddress.ofLiteral(one), 0)).isTrue();
    assertThat(gate.admits(InetAddress.ofLiteral(other), 0)).isEqualTo(!same);
  }

  @Test
  void admitsAgainAtTheRate() {
    var gate = gate(TWO, 1);
    var source = InetAddress.ofLiteral("192.0.2.1");
    gate.admits(source, 0);
    gate.admits(source, 0);
    assertThat(gate.admits(source, SECONDS.toNanos(1) - 1)).isFalse();
    assertThat(gate.admits(source, SECONDS.toNanos(1))).isTrue();
    assertThat(gate.admits(source, SECONDS.toNanos(1))).isFalse();
  }

  /** The figure of the class comment, for 10,000 sources at their limit: 0.5 %. */
  @Test
  void aFloodFromManySourcesTouchesFewOthers() throws Exception {
    var gate = gate(TWO, 42);
    var random = new SplittableRandom(7);
    for (int i = 0; i < 10_000; i++) {
      var flooding = ipv4(random.nextInt());
      for (int j = 0; j < 4; j++) {
        gate.admits(flooding, 0);
      }
    }
    int refused = 0;
    for (int i = 0; i < 50_000; i++) {
      refused += gate.admits(ipv6(random.nextLong()), 0) ? 0 : 1;
    }
    // The innocent fill slots as well; they are no burden while within their burst of two.
    assertThat(refused / 50_000.0).isCloseTo(0.0054, within(0.003));
  }

  @Test
  void loopsTogetherAdmitHardlyMoreThanOneWould() throws Exception {
    var gate = gate(new RateLimit(1, 1000), 3);
    var source = InetAddress.ofLiteral("2001:db8::1");
    var admitted = new AtomicInteger();
    var loops = new ArrayList<Thread>();
    for (int loop = 0; loop < 4; loop++) {
      loops.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int i = 0; i < 5000; i++) {
                      if (gate.admits(source, 0)) {
                        admitted.incrementAndGet();
                      }
                    }
                  }));
    }
    for (Thread loop : loops) {
      loop.join();
    }
    assertThat(admitted.get()).isBetween(1000, 2000);
  }

  private static SourceGate gate(RateLimit rate, long seed) {
    return new SourceGate(new SourceRateLimit(rate, 32, 64), seed);
  }

  private static InetAddress ipv4(int bits) throws UnknownHostException {
    return InetAddress.getByAddress(
        new byte[] {(byte) (bits >> 24), (byte) (bits >> 16), (byte) (bits >> 8), (byte) bits});
  }

  private static InetAddress ipv6(long network) throws UnknownHostException {
    var bytes = new byte[16];
    for (int i = 0; i < 8; i++) {
      bytes[i] = (byte) (network >> (8 * i));
    }
    bytes[0] = 0x20; // not ::ffff:0:0/96, which is IPv4
    return InetAddress.getByAddress(bytes);
  }
}
