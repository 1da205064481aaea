package io.gatehouse.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.testkit.SeededCases;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Unpacking, against a packer written for the test; what agents pack is in the vectors. */
final class LzwTest {
  private static byte[] text(SplittableRandom random) {
    byte[] text = new byte[random.nextInt(20_000)];
    int letters = random.nextInt(1, 257);
    for (int i = 0; i < text.length; i++) {
      // Runs and repetitions, so that the table is used in all ways.
      text[i] =
          i > 8 && random.nextInt(3) > 0
              ? text[i - random.nextInt(1, 8)]
              : (byte) random.nextInt(letters);
    }
    return text;
  }

  @Test
  void whatWasPackedUnpacksExactly() {
    SeededCases.check(
        200,
        random -> {
          byte[] text = text(random);
          byte[] packed = LzwPacker.pack(text);
          assertThat(Lzw.unpack(packed, text.length)).isEqualTo(text);
          assertThat(Lzw.unpack(Arrays.copyOf(packed, packed.length + 7), 1 << 16))
              .as("what follows the end is not looked at")
              .isEqualTo(text);
        });
  }

  @Test
  void stopsAtTheBound() {
    SeededCases.check(
        100,
        random -> {
          byte[] text = text(random);
          byte[] packed = LzwPacker.pack(text);
          if (text.length > 0) {
            int bound = random.nextInt(text.length);
            assertThatThrownBy(() -> Lzw.unpack(packed, bound))
                .isInstanceOf(MalformedMessageException.class)
                .hasMessageContaining("more than " + bound);
          }
        });
  }

  @Test
  void refusesWhatHasNoEnd() {
    SeededCases.check(
        100,
        random -> {
          byte[] packed = LzwPacker.pack(text(random));
          int cut = random.nextInt(packed.length);
          assertThatThrownBy(() -> Lzw.unpack(Arrays.copyOf(packed, cut), 1 << 16))
              .isInstanceOf(MalformedMessageException.class);
        });
  }

  /**
   * The one code that a full table still may name before anything has been said: 3,839 zeros one by
   * one, then code 4,095, whose string is two zeros, then the end. Go's own tests have this case.
   */
  @Test
  void aFullTableStaysUsable() throws Exception {
    byte[] packed = Arrays.copyOf(new byte[5406], 5410);
    packed[5406] = (byte) 0x80;
    packed[5407] = (byte) 0xff;
    packed[5408] = 0x0f;
    packed[5409] = 0x08;
    assertThat(Lzw.unpack(packed, 1 << 16)).isEqualTo(new byte[3841]);
  }

  @Test
  void noBytesMakeItThrowAnythingElseOrGrow() {
    SeededCases.check(
        3000,
        random -> {
          byte[] noise = new byte[random.nextInt(4000)];
          random.nextBytes(noise);
          try {
            assertThat(Lzw.unpack(noise, 10_000)).hasSizeLessThanOrEqualTo(10_000);
          } catch (MalformedMessageException expected) {
            assertThat(expected.getMessage()).isNotEmpty();
          }
        });
  }
}
