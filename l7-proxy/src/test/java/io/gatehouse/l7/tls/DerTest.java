package io.gatehouse.l7.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.testkit.SeededCases;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DerTest {
  private static byte[] hex(String hex) {
    return HexFormat.of().parseHex(hex);
  }

  @Test
  void readsWhatItWrites() {
    SeededCases.check(
        500,
        random -> {
          byte[] content = new byte[random.nextInt(40_000)];
          random.nextBytes(content);
          var element = Der.read(Der.writePrimitive(Der.OCTET_STRING, content));
          assertThat(element.tag()).isEqualTo(Der.OCTET_STRING);
          assertThat(element.content()).isEqualTo(content);
        });
  }

  @Test
  void readsNestedElements() {
    var outer = Der.read(hex("30080401ab0a0100a000"));
    assertThat(outer.children()).extracting(Der::tag).containsExactly(0x04, 0x0a, 0xa0);
    assertThat(outer.child(Der.OCTET_STRING).content()).isEqualTo(hex("ab"));
    assertThatThrownBy(() -> outer.child(Der.OID)).hasMessageContaining("no element with tag");
    assertThatThrownBy(() -> outer.child(Der.OCTET_STRING).children())
        .hasMessageContaining("holds no elements");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "30",
        "3001",
        "300201",
        "3080",
        "308400000001",
        "3083ffffff",
        "1f01",
        "0400ff"
      })
  void refusesWhatIsNone(String hex) {
    assertThatThrownBy(() -> Der.read(hex(hex)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("DER: ");
  }

  @Test
  void survivesAnything() {
    SeededCases.check(
        20_000,
        random -> {
          byte[] bytes = new byte[random.nextInt(64)];
          random.nextBytes(bytes);
          try {
            walk(Der.read(bytes), random);
          } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageStartingWith("DER: ");
          }
        });
  }

  private static void walk(Der element, SplittableRandom random) {
    for (Der child : element.children()) {
      walk(child, random);
    }
  }
}
