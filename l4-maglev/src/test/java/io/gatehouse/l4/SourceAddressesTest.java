package io.gatehouse.l4;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.l4.SourceAddresses.Bound;
import io.gatehouse.l4.SourceAddresses.Exhausted;
import io.gatehouse.l4.SourceAddresses.Kernels;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SourceAddressesTest {
  private static final InetAddress A = InetAddress.ofLiteral("192.0.2.1");
  private static final InetAddress B = InetAddress.ofLiteral("192.0.2.2");
  private static final InetAddress SIX = InetAddress.ofLiteral("2001:db8::1");
  private static final InetSocketAddress L7 = new InetSocketAddress("192.0.2.20", 8443);
  private static final InetSocketAddress OTHER = new InetSocketAddress("192.0.2.21", 8443);
  private static final InetSocketAddress OVER_IPV6 = new InetSocketAddress("2001:db8::20", 8443);
  private static final long NOW = Long.MAX_VALUE - 5;

  private final SourceAddresses sources =
      new SourceAddresses(List.of(A, SIX, B), new LocalPortRange(1001, 1010), NOW);

  @Test
  void takesTheAddressesOfTheFamilyInTurn() {
    var given = List.of(next(L7), next(L7), next(L7), next(L7), next(L7), next(L7));
    assertThat(given).containsOnly(new Bound(A), new Bound(B)).contains(new Bound(A), new Bound(B));
    assertThat(next(OVER_IPV6)).isEqualTo(new Bound(SIX));
  }

  @Test
  void leavesTheChoiceToTheKernelWhereNoneIsOfTheFamily() {
    var onlyIpv4 = new SourceAddresses(List.of(A), LocalPortRange.DEFAULT, NOW);
    assertThat(onlyIpv4.next(OVER_IPV6, NOW)).isEqualTo(new Kernels());
    var none = new SourceAddresses(List.of(), LocalPortRange.DEFAULT, NOW);
    assertThat(none.next(L7, NOW)).isEqualTo(new Kernels());
  }

  @Test
  void anAddressWithoutPortsToAnEndpointRestsForASecond() {
    sources.exhausted(A, L7, NOW);
    for (int i = 0; i < 6; i++) {
      assertThat(next(L7)).isEqualTo(new Bound(B));
    }
    assertThat(List.of(next(OTHER), next(OTHER), next(OTHER))).contains(new Bound(A));
    sources.exhausted(B, L7, NOW);
    assertThat(next(L7)).isEqualTo(new Exhausted());
    assertThat(sources.next(L7, NOW + SECONDS.toNanos(1) - 1)).isEqualTo(new Exhausted());
    assertThat(sources.next(L7, NOW + SECONDS.toNanos(1))).isInstanceOf(Bound.class);
  }

  @Test
  void knowsHowManyPortsAreInUse() {
    assertThat(sources.greatestUse()).isZero();
    for (int i = 0; i < 8; i++) {
      sources.begin(A, L7, NOW);
    }
    sources.begin(B, L7, NOW);
    sources.begin(null, L7, NOW);
    assertThat(sources.greatestUse()).isEqualTo(0.8);
    sources.ended(A, L7);
    sources.ended(null, L7);
    assertThat(sources.greatestUse()).isEqualTo(0.7);
  }

  @Test
  void readsTheKernelsRange() {
    assertThat(LocalPortRange.parse("32768\t60999\n")).isEqualTo(LocalPortRange.DEFAULT);
    assertThat(LocalPortRange.DEFAULT.size()).isEqualTo(28_232);
    assertThat(LocalPortRange.ofThisHost().size()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "1 2 3", "2 1", "0 5", "1 65536", "a b"})
  void refusesWhatIsNoRange(String text) {
    assertThatThrownBy(() -> LocalPortRange.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("ip_local_port_range: ");
  }

  private SourceAddresses.Choice next(InetSocketAddress destination) {
    return sources.next(destination, NOW);
  }
}
