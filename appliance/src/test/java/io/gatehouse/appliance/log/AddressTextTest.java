package io.gatehouse.appliance.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.testkit.SeededCases;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class AddressTextTest {
  private final AddressText text = new AddressText();

  @Test
  void agreesWithTheJdkForAnyAddress() {
    SeededCases.check(
        5_000,
        random -> {
          byte[] octets = new byte[random.nextBoolean() ? 4 : 16];
          random.nextBytes(octets);
          agrees(octets);
        });
  }

  @Test
  void agreesWithTheJdkForEveryOctet() {
    for (int octet = 0; octet < 256; octet++) {
      agrees(new byte[] {(byte) octet, 0, 9, (byte) octet});
    }
  }

  private void agrees(byte[] octets) {
    InetAddress address = address(octets);
    assertThat(text.of(address)).hasToString(address.getHostAddress());
    assertThat(text.of(address)).hasSameSizeAs(address.getHostAddress());
  }

  private static InetAddress address(byte[] octets) {
    try {
      return InetAddress.getByAddress(octets);
    } catch (UnknownHostException e) {
      throw new AssertionError("4 or 16 octets are an address", e);
    }
  }
}
