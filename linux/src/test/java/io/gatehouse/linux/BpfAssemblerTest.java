package io.gatehouse.linux;

import static io.gatehouse.linux.BpfAssembler.Register.R0;
import static io.gatehouse.linux.BpfAssembler.Register.R1;
import static io.gatehouse.linux.BpfAssembler.Register.R10;
import static io.gatehouse.linux.BpfAssembler.Register.R2;
import static io.gatehouse.linux.BpfAssembler.Register.R6;
import static io.gatehouse.linux.BpfAssembler.Register.R9;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.linux.BpfAssembler.Condition;
import io.gatehouse.linux.BpfAssembler.HelperFunction;
import io.gatehouse.linux.BpfAssembler.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected codes are worked out by hand from the tables of RFC 9669. */
class BpfAssemblerTest {
  private final BpfAssembler assembler = new BpfAssembler();

  @Test
  void computesWithRegistersAndConstants() {
    assembler.mov(R6, R1).mov(R0, -1).add(R1, R2).add(R1, 8).sub(R1, R2).sub(R1, 8);
    assembler.mul(R1, R2).mul(R1, 8).and(R1, R2).and(R1, 8).or(R1, R2).or(R1, 8);
    assembler.xor(R1, R2).xor(R1, 8).lsh(R1, R2).lsh(R1, 8).rsh(R1, R2).rsh(R1, 8);
    assembler.arsh(R1, R2).arsh(R1, 8);
    assertListing(
        """
        bf 6 1 0000 00000000
        b7 0 0 0000 ffffffff
        0f 1 2 0000 00000000
        07 1 0 0000 00000008
        1f 1 2 0000 00000000
        17 1 0 0000 00000008
        2f 1 2 0000 00000000
        27 1 0 0000 00000008
        5f 1 2 0000 00000000
        57 1 0 0000 00000008
        4f 1 2 0000 00000000
        47 1 0 0000 00000008
        af 1 2 0000 00000000
        a7 1 0 0000 00000008
        6f 1 2 0000 00000000
        67 1 0 0000 00000008
        7f 1 2 0000 00000000
        77 1 0 0000 00000008
        cf 1 2 0000 00000000
        c7 1 0 0000 00000008
        """);
  }

  @Test
  void readsAndWritesMemory() {
    assembler.load(Size.BYTE, R2, R1, 1).load(Size.HALF, R2, R1, 2);
    assembler.load(Size.WORD, R2, R1, 4).load(Size.DOUBLE, R2, R1, 8);
    assembler.store(Size.WORD, R10, -4, R2).store(Size.DOUBLE, R10, -16, R2);
    assembler.storeConstant(Size.BYTE, R10, -1, 5).storeConstant(Size.HALF, R10, -2, -5);
    assembler.atomicAdd(Size.DOUBLE, R9, 8, R2).atomicAdd(Size.WORD, R9, 8, R2);
    assertListing(
        """
        71 2 1 0001 00000000
        69 2 1 0002 00000000
        61 2 1 0004 00000000
        79 2 1 0008 00000000
        63 a 2 fffc 00000000
        7b a 2 fff0 00000000
        72 a 0 ffff 00000005
        6a a 0 fffe fffffffb
        db 9 2 0008 00000000
        c3 9 2 0008 00000000
        """);
  }

  @Test
  void loadsWideConstantsAndMapsInTwoParts() {
    assembler
        .loadConstant(R1, 0x1122_3344_8899_aabbL)
        .loadMap(R2, 17)
        .call(HelperFunction.RINGBUF_OUTPUT);
    assembler.exit();
    assertListing(
        """
        18 1 0 0000 8899aabb
        00 0 0 0000 11223344
        18 2 1 0000 00000011
        00 0 0 0000 00000000
        85 0 0 0000 00000082
        95 0 0 0000 00000000
        """);
  }

  @Test
  void jumpsForwardOverWhatLiesBetween() {
    var far = BpfAssembler.label("far");
    var near = BpfAssembler.label("near");
    assembler.jumpIf(Condition.EQUAL, R0, 0, far).jumpIf(Condition.GREATER, R1, R2, near);
    assembler.loadConstant(R1, 1).place(near).jump(far).mov(R0, 1).place(far).exit();
    assertListing(
        """
        15 0 0 0005 00000000
        2d 1 2 0002 00000000
        18 1 0 0000 00000001
        00 0 0 0000 00000000
        05 0 0 0001 00000000
        b7 0 0 0000 00000001
        95 0 0 0000 00000000
        """);
  }

  @ParameterizedTest
  @CsvSource({
    "EQUAL, 15",
    "GREATER, 25",
    "GREATER_OR_EQUAL, 35",
    "ANY_BIT, 45",
    "NOT_EQUAL, 55",
    "SIGNED_GREATER, 65",
    "SIGNED_GREATER_OR_EQUAL, 75",
    "LESS, a5",
    "LESS_OR_EQUAL, b5",
    "SIGNED_LESS, c5",
    "SIGNED_LESS_OR_EQUAL, d5",
  })
  void jumpsOnEachCondition(Condition condition, String operation) {
    var end = BpfAssembler.label("end");
    assembler.jumpIf(condition, R1, 7, end).place(end);
    assertListing(operation + " 1 0 0000 00000007\n");
  }

  private void assertListing(String expected) {
    assertThat(BpfListing.of(assembler.assemble())).isEqualTo(expected);
  }

  @Test
  void refusesJumpsThatLeadNowhereBackOrTooFar() {
    var label = BpfAssembler.label("missing");
    assembler.jump(label);
    assertThatThrownBy(assembler::assemble)
        .hasMessage(
            "BPF jump to missing: never placed (expected: a label placed within 32767"
                + " instructions)");
    assembler.place(label);
    assertThatThrownBy(() -> assembler.place(label))
        .hasMessage("BPF label missing is placed twice");
    assertThatThrownBy(() -> assembler.jump(label))
        .hasMessage("BPF jump to missing goes back (expected: forward)");
    var far = BpfAssembler.label("far");
    assembler.jump(far);
    for (int i = 0; i < 32_768; i++) {
      assembler.mov(R0, 0);
    }
    assertThatThrownBy(() -> assembler.place(far).assemble())
        .hasMessageStartingWith("BPF jump to far: 32768 away");
  }

  @Test
  void refusesWhatHasNoEncoding() {
    assertThatThrownBy(() -> assembler.load(Size.WORD, R1, R2, 32_768))
        .hasMessage("BPF offset: 32768 (expected: -32768 to 32767)");
    assertThatThrownBy(() -> assembler.atomicAdd(Size.HALF, R1, 0, R2))
        .hasMessage("BPF atomic addition: HALF (expected: WORD or DOUBLE)");
  }
}
