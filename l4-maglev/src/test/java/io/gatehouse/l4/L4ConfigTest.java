package io.gatehouse.l4;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.l4.ServiceConfig.HashKey;
import io.gatehouse.l4.ServiceConfig.Limits;
import io.gatehouse.l4.ServiceConfig.ProxyHeader;
import io.gatehouse.l4.ServiceConfig.Timeouts;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class L4ConfigTest {

  @ParameterizedTest
  @ValueSource(strings = {"", "with space", "tab\t", "é", "new\nline", "a/b"})
  void refusesANodeNameThatDoesNotFitIntoAnId(String node) {
    assertThatThrownBy(() -> new L4Config(node, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("node: ");
  }

  @Test
  void theLongestNodeNameStillGivesAnIdThatFitsItsTlv() {
    var node = "n".repeat(L4Config.MAX_NODE_NAME_LENGTH);
    assertThat(new L4Config(node, List.of()).node()).isEqualTo(node);
    var id =
        new UniqueIds(node, Long.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE).next().toString();
    assertThat(id.length()).isLessThanOrEqualTo(128);
    assertThatThrownBy(() -> new L4Config(node + "n", List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theIdsOfAllLoopsAreDistinct() {
    var one = new UniqueIds("n", 1, 0, 2);
    var other = new UniqueIds("n", 1, 1, 2);
    assertThat(List.of(one.next(), other.next(), one.next(), other.next()))
        .map(UniqueId::toString)
        .containsExactly("n/1-0", "n/1-1", "n/1-2", "n/1-3");
  }

  @Test
  void refusesTwoServicesOfOneName() {
    assertThatThrownBy(
            () ->
                new L4Config(
                    "n", List.of(service(65_537), service(ServiceConfig.DEFAULT_TABLE_SIZE))))
        .hasMessageContaining("distinct names");
  }

  @Test
  void refusesATableSizeThatIsNotPrime() {
    assertThatThrownBy(() -> service(65_536)).hasMessageContaining("a prime");
  }

  @Test
  void refusesLimitsAndTimeoutsThatAreNone() {
    assertThatThrownBy(() -> new Limits(0, 1, 4096)).hasMessageContaining("maxConnections: 0");
    assertThatThrownBy(() -> new Limits(1, 0, 4096)).hasMessageContaining("maxConnectAttempts: 0");
    assertThatThrownBy(() -> new Limits(1, 1, 4095)).hasMessageContaining("bufferBytes: 4095");
    assertThatThrownBy(() -> new Timeouts(0, 1, 1)).hasMessageContaining("connectNanos: 0");
    assertThatThrownBy(() -> new Timeouts(1, 0, 1)).hasMessageContaining("idleNanos: 0");
    assertThatThrownBy(() -> new Timeouts(1, 1, -1)).hasMessageContaining("drainNanos: -1");
  }

  private static ServiceConfig service(int tableSize) {
    return new ServiceConfig(
        "web",
        List.of(new InetSocketAddress("127.0.0.1", 0)),
        FakeHealth.POOL,
        HashKey.FIVE_TUPLE,
        ProxyHeader.V2,
        tableSize,
        Timeouts.DEFAULT,
        Limits.DEFAULT);
  }

  @Test
  void theNodesCapIsTheSumOfItsServicesUnlessSet() {
    assertThat(new L4Config("n", List.of(service(7))).maxConnections()).isEqualTo(8_000);
    assertThat(new L4Config("n", List.of()).maxConnections()).isOne();
    assertThatThrownBy(() -> new L4Config("n", List.of(), DataPlaneChoice.AUTO, List.of(), 0))
        .hasMessageContaining("maxConnections: 0");
  }

  @Test
  void refusesRatesThatAreNone() {
    assertThatThrownBy(() -> new RateLimit(0, 1)).hasMessageContaining("perSecond: 0");
    assertThatThrownBy(() -> new RateLimit(1, 0)).hasMessageContaining("burst: 0");
    var rate = new RateLimit(1, 1);
    assertThatThrownBy(() -> new SourceRateLimit(rate, 33, 64))
        .hasMessageContaining("ipv4PrefixLength: 33 (expected: 1 to 32)");
    assertThatThrownBy(() -> new SourceRateLimit(rate, 32, 0))
        .hasMessageContaining("ipv6PrefixLength: 0");
  }

  @Test
  void everyCounterHasItsOwnSeries() {
    assertThat(L4Counter.values())
        .extracting(counter -> counter.metric() + counter.reason())
        .doesNotHaveDuplicates();
    assertThat(L4Counter.values())
        .extracting(L4Counter::metric)
        .allMatch(name -> name.matches("gatehouse_l4_[a-z_]+"));
  }
}
