package io.gatehouse.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.testkit.SeededCases;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Encryption: what was sealed opens with its key, its label, and nothing else. */
final class SealingTest {
  private static final byte[] NO_LABEL = new byte[0];

  private static byte[] bytes(SplittableRandom random, int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return bytes;
  }

  private static GossipKey key(SplittableRandom random) {
    return GossipKey.of(bytes(random, 8 * random.nextInt(2, 5)));
  }

  @Test
  void whatAKeySealedItOpensWhereverItStands() {
    SeededCases.check(
        200,
        random -> {
          GossipKey key = key(random);
          byte[] plain = bytes(random, random.nextInt(2000));
          byte[] label = bytes(random, random.nextInt(20));
          byte[] sealed = Sealing.seal(key, bytes(random, Sealing.NONCE_BYTES), plain, label);
          assertThat(sealed).hasSize(Sealing.sealedLength(plain.length));
          assertThat(Sealing.open(List.of(key(random), key), sealed, label)).isEqualTo(plain);
          assertThat(Sealing.open(List.of(key, key(random)), sealed, label)).isEqualTo(plain);
        });
  }

  @Test
  void nothingThatWasTouchedOpens() {
    SeededCases.check(
        300,
        random -> {
          GossipKey key = key(random);
          byte[] label = bytes(random, random.nextInt(1, 20));
          byte[] sealed =
              Sealing.seal(key, bytes(random, 12), bytes(random, random.nextInt(100)), label);
          assertThat(Sealing.open(List.of(key(random)), sealed, label)).isNull();
          assertThat(Sealing.open(List.of(), sealed, label)).isNull();
          assertThat(Sealing.open(List.of(key), sealed, NO_LABEL)).isNull();
          int at = random.nextInt(1, sealed.length);
          sealed[at] ^= (byte) (1 << random.nextInt(8));
          assertThat(Sealing.open(List.of(key), sealed, label)).isNull();
        });
  }

  @Test
  void noBytesMakeItThrow() {
    var keys = List.of(AgentVectors.KEY_16, AgentVectors.KEY_32);
    SeededCases.check(
        1000,
        random -> {
          byte[] noise = bytes(random, random.nextInt(100));
          if (noise.length > 0) {
            noise[0] = (byte) random.nextInt(3);
          }
          assertThat(Sealing.open(keys, noise, NO_LABEL)).isNull();
        });
  }

  /**
   * Version 0 is written by agents of protocol 1 only, which are not to be had any more. Made with
   * Python's cryptography: {@code AESGCM(bytes(range(16))).encrypt(bytes(range(12)), plain + pad,
   * label)}, where {@code pad} fills up to 16 bytes with their count.
   */
  @ParameterizedTest
  @CsvSource({
    "00000102030405060708090a0b837cb7de760be7445bc2719a26b360185df905c30723fd655ad75f1035af7cbd,"
        + " '', ''",
    "00000102030405060708090a0be305c9a96a17fb5847de6d863aaf7c047d02645ba69ef7c608459389682d5a3a,"
        + " ping, ''",
    "00000102030405060708090a0be005dfba037e997429ab15ef45831f63a3360af643fdede6f631e13d0454b27cc77b9a883e5646ab252b68a7976ef909,"
        + " sixteen bytes ok, ''",
    "00000102030405060708090a0be305c9a96a17fb5847de6d863aaf7c04aa28ebc4c8076aff66a822e0d8c415be,"
        + " ping, ring-1",
  })
  void opensPaddedVersionZero(String sealed, String plain, String label) {
    byte[] opened =
        Sealing.open(
            List.of(AgentVectors.KEY_16),
            HexFormat.of().parseHex(sealed),
            label.getBytes(StandardCharsets.US_ASCII));
    assertThat(opened).asString().isEqualTo(plain);
  }

  /** As above, but the padding says more than there is, nothing, or not what it should. */
  @ParameterizedTest
  @CsvSource({
    "00000102030405060708090a0beb14dfb61e638f2c33aa19f24edb08190afecaff8ddbf5b5937fa6de7a7de73a",
    "00000102030405060708090a0beb14dfb61e638f2c33aa19f24edb0808e3b222acf078e3840ef326ee0463eca2",
    "00000102030405060708090a0beb14dfb61e638f2c33aa19f24ea0720b20d72cb58921556a84e7f1a248b78196"
  })
  void refusesPaddingThatMakesNoSense(String sealed) {
    assertThat(
            Sealing.open(List.of(AgentVectors.KEY_16), HexFormat.of().parseHex(sealed), NO_LABEL))
        .isNull();
  }

  @Test
  void keysHaveOneOfThreeSizesAndKeepTheirSecret() {
    assertThatThrownBy(() -> GossipKey.of(new byte[20]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("key size: 20 (expected: 16, 24 or 32 bytes)");
    assertThatThrownBy(() -> GossipKey.parse("not base64!"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("key: not Base64");
    assertThat(AgentVectors.KEY_16).hasToString("key be45cb26");
  }
}
