package io.gatehouse.l4;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.l4.SourceAddresses.Lease;
import io.gatehouse.l4.SourceAddresses.NoSource;
import io.gatehouse.linux.Errno;
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
    assertThat(given)
        .containsOnly(new Lease(A, L7), new Lease(B, L7))
        .contains(new Lease(A, L7), new Lease(B, L7));
    assertThat(next(OVER_IPV6)).isEqualTo(new Lease(SIX, OVER_IPV6));
  }

  @Test
  void leavesTheChoiceToTheKernelWhereNoneIsOfTheFamily() {
    var onlyIpv4 = new SourceAddresses(List.of(A), LocalPortRange.DEFAULT, NOW);
    assertThat(onlyIpv4.take(OVER_IPV6, NOW)).isEqualTo(new Lease(null, OVER_IPV6));
    var none = new SourceAddresses(List.of(), LocalPortRange.DEFAULT, NOW);
    assertThat(none.take(L7, NOW)).isEqualTo(new Lease(null, L7));
    assertThat(none.greatestUse()).isZero();
  }

  @Test
  void anAddressWithoutPortsToAnEndpointRestsForASecond() {
    sources.failed(new Lease(A, L7), ConnectFailure.NO_SOURCE_PORT, NOW);
    for (int i = 0; i < 6; i++) {
      assertThat(next(L7)).isEqualTo(new Lease(B, L7));
    }
    assertThat(List.of(next(OTHER), next(OTHER), next(OTHER))).contains(new Lease(A, OTHER));
    sources.failed(new Lease(B, L7), ConnectFailure.NO_SOURCE_PORT, NOW);
    var exhausted = new NoSource(ConnectFailure.NO_SOURCE_PORT);
    assertThat(next(L7)).isEqualTo(exhausted);
    assertThat(sources.take(L7, NOW + SECONDS.toNanos(1) - 1)).isEqualTo(exhausted);
    assertThat(sources.take(L7, NOW + SECONDS.toNanos(1))).isInstanceOf(Lease.class);
  }

  @Test
  void anAddressThatIsGoneIsToldFromOneWithoutPorts() {
    var gone = ConnectFailure.ofBind(Errno.EADDRNOTAVAIL);
    assertThat(gone).isEqualTo(ConnectFailure.NO_SOURCE_ADDRESS);
    assertThat(ConnectFailure.ofConnect(Errno.EADDRNOTAVAIL))
        .isEqualTo(ConnectFailure.NO_SOURCE_PORT);
    sources.failed(new Lease(SIX, OVER_IPV6), gone, NOW);
    assertThat(next(OVER_IPV6)).isEqualTo(new NoSource(gone));
    assertThat(sources.take(OVER_IPV6, NOW + SECONDS.toNanos(1))).isInstanceOf(Lease.class);
  }

  @Test
  void whatTheEndpointIsToBlameForLetsNoAddressRest() {
    sources.failed(new Lease(SIX, OVER_IPV6), ConnectFailure.TIMEOUT, NOW);
    sources.failed(new Lease(null, L7), ConnectFailure.NO_SOURCE_PORT, NOW);
    assertThat(next(OVER_IPV6)).isInstanceOf(Lease.class);
    assertThat(next(L7)).isInstanceOf(Lease.class);
  }

  @Test
  void anAddressThatIsNotThisHostsIsRefusedAtTheStart() {
    var loopback = InetAddress.ofLiteral("127.1.2.3");
    SourceAddresses.requireOnThisHost(List.of(loopback));
    assertThatThrownBy(() -> SourceAddresses.requireOnThisHost(List.of(loopback, A)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("source address 192.0.2.1: no interface of this host has it");
  }

  @Test
  void knowsHowManyPortsAreInUse() {
    var one = new SourceAddresses(List.of(A), new LocalPortRange(1001, 1010), NOW);
    assertThat(one.greatestUse()).isZero();
    for (int i = 0; i < 8; i++) {
      assertThat(one.take(L7, NOW)).isEqualTo(new Lease(A, L7));
    }
    one.take(OTHER, NOW);
    assertThat(one.greatestUse()).isEqualTo(0.8);
    one.release(new Lease(A, L7));
    one.release(new Lease(null, L7));
    assertThat(one.greatestUse()).isEqualTo(0.7);
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
    return sources.take(destination, NOW);
  }
}
