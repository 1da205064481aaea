package io.gatehouse.l4;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l4.ServiceConfig.HashKey;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class FlowHashTest {
  private static final InetSocketAddress LOCAL = address("192.0.2.1", 443);

  @Test
  void theSourceAddressAloneDecidesWhereAffinityIsWanted() {
    var hash = new FlowHash(HashKey.SOURCE_IP, "web");
    assertThat(hash.of(address("198.51.100.7", 1), LOCAL))
        .isEqualTo(hash.of(address("198.51.100.7", 2), address("192.0.2.9", 80)))
        .isNotEqualTo(hash.of(address("198.51.100.8", 1), LOCAL));
  }

  @Test
  void everyPartOfTheFiveTupleCounts() {
    var hash = new FlowHash(HashKey.FIVE_TUPLE, "web");
    assertThat(hash.of(address("198.51.100.7", 1000), LOCAL))
        .isEqualTo(hash.of(address("198.51.100.7", 1000), LOCAL))
        .isNotEqualTo(hash.of(address("198.51.100.7", 1001), LOCAL))
        .isNotEqualTo(hash.of(address("198.51.100.8", 1000), LOCAL))
        .isNotEqualTo(hash.of(address("198.51.100.7", 1000), address("192.0.2.1", 80)))
        .isNotEqualTo(hash.of(address("198.51.100.7", 1000), address("192.0.2.2", 443)));
  }

  @Test
  void anIpv4ClientHashesAlikeInItsMappedForm() throws UnknownHostException {
    var plain = address("198.51.100.7", 1000);
    byte[] bytes = new byte[16];
    bytes[10] = (byte) 0xff;
    bytes[11] = (byte) 0xff;
    System.arraycopy(plain.getAddress().getAddress(), 0, bytes, 12, 4);
    var mapped = new InetSocketAddress(Inet6Address.getByAddress(null, bytes, -1), 1000);
    assertThat(mapped.getAddress()).isInstanceOf(Inet6Address.class);
    var hash = new FlowHash(HashKey.FIVE_TUPLE, "web");
    assertThat(hash.of(mapped, LOCAL)).isEqualTo(hash.of(plain, LOCAL));
  }

  @Test
  void servicesHashTheSameClientDifferently() {
    var client = address("198.51.100.7", 1000);
    assertThat(new FlowHash(HashKey.SOURCE_IP, "web").of(client, LOCAL))
        .isNotEqualTo(new FlowHash(HashKey.SOURCE_IP, "mail").of(client, LOCAL));
  }

  private static InetSocketAddress address(String ip, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(ip), port);
  }
}
