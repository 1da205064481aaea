package io.gatehouse.l7.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.l7.TicketSecrets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TicketKeysTest {
  private static byte[] secret(int fill) {
    var secret = new byte[32];
    Arrays.fill(secret, (byte) fill);
    return secret;
  }

  private static TicketKeys keys(int... fills) {
    return new TicketKeys(
        new TicketSecrets(Arrays.stream(fills).mapToObj(TicketKeysTest::secret).toList()), 1_000);
  }

  private static List<String> names(TicketKeys keys, long window) {
    return Arrays.stream(keys.keys(window))
        .map(key -> HexFormat.of().formatHex(key.getName()))
        .toList();
  }

  @Test
  void nodesWithTheSameSecretAndTimeHaveTheSameKeys() {
    assertThat(names(keys(1), 7)).isEqualTo(names(keys(1), 7));
    assertThat(names(keys(1), 7)).doesNotContainAnyElementsOf(names(keys(2), 7));
  }

  /**
   * {@code openssl kdf -keylen 48 -kdfopt digest:SHA256 -kdfopt mode:EXTRACT_AND_EXPAND -kdfopt
   * hexkey:0101…01 -kdfopt "salt:gatehouse session tickets 1" -kdfopt hexinfo:0000000000000007
   * HKDF}
   */
  @Test
  void derivesWhatOpenSslDerives() {
    var key = keys(1).keys(7)[0];
    assertThat(HexFormat.of().formatHex(key.getName()))
        .isEqualTo("6db9b462706882f35f8d0712cf3c1ca6");
    assertThat(HexFormat.of().formatHex(key.getHmacKey()))
        .isEqualTo("d3b2675b36e0d8fef9a9e8208dd6d209");
    assertThat(HexFormat.of().formatHex(key.getAesKey()))
        .isEqualTo("d59e34541a8ff111616070de4995d6ec");
  }

  @Test
  void acceptsTheWindowBeforeAndTheOneToComeAndNoOlder() {
    var keys = keys(1);
    String issuedEarlier = names(keys, 7).getFirst();
    assertThat(names(keys, 8)).contains(issuedEarlier).doesNotHaveDuplicates();
    assertThat(names(keys, 6)).as("on a node whose clock is behind").contains(issuedEarlier);
    assertThat(names(keys, 9)).as("two windows later").doesNotContain(issuedEarlier);
    assertThat(names(keys, 8).getFirst()).isNotEqualTo(issuedEarlier);
  }

  @Test
  void issuesWithTheFirstSecretAndAcceptsAll() {
    assertThat(names(keys(2, 1), 7).getFirst()).isEqualTo(names(keys(2), 7).getFirst());
    assertThat(names(keys(2, 1), 7)).contains(names(keys(1), 7).getFirst());
  }

  @Test
  void cutsTimeIntoWindows() {
    var keys = keys(1);
    assertThat(keys.window(6_999)).isEqualTo(6);
    assertThat(keys.window(7_000)).isEqualTo(7);
    assertThat(keys.window(-1)).isEqualTo(-1);
  }

  @Test
  void noTwoPartsOfKeysAreTheSame() {
    Set<String> parts = new HashSet<>();
    for (long window = 0; window < 100; window++) {
      var key = keys(1).keys(window)[0];
      for (byte[] part : List.of(key.getName(), key.getHmacKey(), key.getAesKey())) {
        assertThat(parts.add(HexFormat.of().formatHex(part))).isTrue();
      }
    }
  }

  @Test
  void refusesWhatIsNoSecretAndNoWindow() {
    assertThatThrownBy(() -> new TicketSecrets(List.of())).hasMessageContaining("none");
    assertThatThrownBy(() -> new TicketSecrets(List.of(new byte[31])))
        .hasMessageContaining("31 bytes (expected: >= 32)");
    assertThatThrownBy(() -> new TicketKeys(new TicketSecrets(List.of(secret(1))), 0))
        .hasMessageContaining("windowMillis: 0 (expected: > 0)");
    assertThat(new TicketSecrets(List.of(secret(65)))).asString().doesNotContain("65", "A");
  }
}
