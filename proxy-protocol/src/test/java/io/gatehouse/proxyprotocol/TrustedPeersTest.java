package io.gatehouse.proxyprotocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.testkit.SeededCases;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrustedPeersTest {
  private static final TrustedPeers PEERS =
      TrustedPeers.parse(
          List.of(
              "10.0.0.0/8", "192.0.2.7", "192.0.2.0/29", "fd00::/8", "::ffff:198.51.100.0/120"));

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0, true",
    "10.255.255.255, true",
    "9.255.255.255, false",
    "11.0.0.0, false",
    "192.0.2.7, true",
    "192.0.2.8, false",
    "198.51.100.255, true",
    "198.51.101.0, false",
    "fd12::1, true",
    "fe80::1, false",
    "fc00::1, false",
    "0.0.0.0, false",
    "255.255.255.255, false",
  })
  void knowsWhoBelongs(String address, boolean trusted) throws Exception {
    assertThat(PEERS.contains(InetAddress.getByName(address))).isEqualTo(trusted);
  }

  @Test
  void takesAMappedAddressForTheIpv4AddressItHolds() {
    assertThat(PEERS.contains(Wire.hex("00000000000000000000ffff0a010203"))).isTrue();
    assertThat(PEERS.contains(Wire.hex("00000000000000000000ffff0b010203"))).isFalse();
    // The compatible form of old is another address.
    assertThat(PEERS.contains(Wire.hex("0000000000000000000000000a010203"))).isFalse();
  }

  @Test
  void keepsTheFamiliesApart() throws Exception {
    var everyV6 = TrustedPeers.parse(List.of("::/0"));
    assertThat(everyV6.contains(InetAddress.getByName("2001:db8::1"))).isTrue();
    assertThat(everyV6.contains(InetAddress.getByName("10.0.0.1"))).isFalse();
    var everyV4 = TrustedPeers.parse(List.of("0.0.0.0/0"));
    assertThat(everyV4.contains(InetAddress.getByName("255.1.2.3"))).isTrue();
    assertThat(everyV4.contains(InetAddress.getByName("::1"))).isFalse();
  }

  @Test
  void trustsNobodyByDefault() {
    assertThat(TrustedPeers.NONE.isEmpty()).isTrue();
    assertThat(TrustedPeers.NONE.contains(InetAddress.getLoopbackAddress())).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10.0.0.0/33 | a prefix length of 0 to 32",
        "fd00::/129 | a prefix length of 0 to 128",
        "10.0.0.0/ | a prefix length",
        "10.0.0.0/08 | a prefix length",
        "10.0.0.1/8 | no bits set beyond /8",
        "fd00::1/64 | no bits set beyond /64",
        "10/8 | an address such as",
        "localhost | an address such as",
        "'' | an address such as",
      })
  void saysWhatItExpectedOfANetwork(String network, String expected) {
    assertThatThrownBy(() -> TrustedPeers.parse(List.of(network)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("trusted peer: " + network)
        .hasMessageContaining(expected);
  }

  @Test
  void agreesWithABitByBitComparisonForAnySetOfNetworks() {
    SeededCases.check(
        500,
        random -> {
          // A small space, so that networks nest, touch and repeat.
          var networks = new ArrayList<String>();
          var prefixes = new ArrayList<int[]>();
          for (int count = random.nextInt(12); count > 0; count--) {
            int prefix = random.nextInt(24, 33);
            int base = random.nextInt(256) & -1 << (32 - prefix);
            networks.add("10.0.0." + base + "/" + prefix);
            prefixes.add(new int[] {base, prefix});
          }
          var peers = TrustedPeers.parse(networks);
          for (int host = 0; host < 256; host++) {
            int last = host;
            boolean expected = prefixes.stream().anyMatch(p -> (last & -1 << (32 - p[1])) == p[0]);
            assertThat(peers.contains(new byte[] {10, 0, 0, (byte) host}))
                .as("%s holds .%d", networks, host)
                .isEqualTo(expected);
          }
        });
  }
}
