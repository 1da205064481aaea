package io.gatehouse.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes BPF instructions (RFC 9669) one after the other. Operations are of 64 bits; immediate
 * values of 32 bits are sign-extended. Jumps go forward to a label, which is placed later.
 *
 * <p>Checks what it can: jumps whose target was never placed are an error when assembling. The rest
 * is up to the kernel's verifier. Owned by one thread.
 */
public final class BpfAssembler {
  /** Registers: R0 a result, R1 to R5 arguments, R6 to R9 kept over calls, R10 the frame. */
  public enum Register {
    R0,
    R1,
    R2,
    R3,
    R4,
    R5,
    R6,
    R7,
    R8,
    R9,
    R10
  }

  /** How much of memory is read or written. */
  public enum Size {
    WORD(0x00, 4),
    HALF(0x08, 2),
    BYTE(0x10, 1),
    DOUBLE(0x18, 8);

    private final int code;
    private final int bytes;

    Size(int code, int bytes) {
      this.code = code;
      this.bytes = bytes;
    }
  }

  /** What a jump depends on; comparisons are without sign unless they say so. */
  public enum Condition {
    EQUAL(0x10),
    GREATER(0x20),
    GREATER_OR_EQUAL(0x30),
    ANY_BIT(0x40),
    NOT_EQUAL(0x50),
    SIGNED_GREATER(0x60),
    SIGNED_GREATER_OR_EQUAL(0x70),
    LESS(0xa0),
    LESS_OR_EQUAL(0xb0),
    SIGNED_LESS(0xc0),
    SIGNED_LESS_OR_EQUAL(0xd0);

    private final int code;

    Condition(int code) {
      this.code = code;
    }
  }

  /**
   * Helper functions of the kernel (RFC 9669, section 4.3.1), none of which asks for a licence
   * compatible with the GPL.
   */
  public enum HelperFunction {
    /** R1 map, R2 pointer to the key: pointer to the value, or 0. */
    MAP_LOOKUP_ELEM(1),
    /** R1 context: the socket's cookie. */
    GET_SOCKET_COOKIE(46),
    /** R1 context, R2 map, R3 index, R4 flags: the verdict. */
    SK_REDIRECT_MAP(52),
    /** R1 context, R2 map, R3 pointer to the key, R4 flags: the verdict. */
    SK_REDIRECT_HASH(72),
    /** R1 ring buffer, R2 pointer to data, R3 its size, R4 flags: 0 or minus an error number. */
    RINGBUF_OUTPUT(130);

    private final int number;

    HelperFunction(int number) {
      this.number = number;
    }
  }

  /** A place to jump to. */
  public static final class Label {
    private static final int UNPLACED = -1;

    private final String name;
    private int index = UNPLACED;

    private Label(String name) {
      this.name = name;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private record Jump(int index, Label target) {}

  private static final int INSTRUCTION_BYTES = 8;

  // Classes, sources and modes (RFC 9669, sections 3 to 5).
  private static final int LD = 0x00;
  private static final int LDX = 0x01;
  private static final int ST = 0x02;
  private static final int STX = 0x03;
  private static final int JMP = 0x05;
  private static final int ALU64 = 0x07;
  private static final int FROM_REGISTER = 0x08;
  private static final int MEM = 0x60;
  private static final int ATOMIC = 0xc0;
  private static final int CALL = 0x80;
  private static final int EXIT = 0x90;

  private static final int ADD = 0x00;
  private static final int SUB = 0x10;
  private static final int MUL = 0x20;
  private static final int OR = 0x40;
  private static final int AND = 0x50;
  private static final int LSH = 0x60;
  private static final int RSH = 0x70;
  private static final int XOR = 0xa0;
  private static final int MOV = 0xb0;
  private static final int ARSH = 0xc0;

  /** In the place of a source register: the constant is a map's descriptor. */
  private static final int PSEUDO_MAP_FD = 1;

  private final List<Long> instructions = new ArrayList<>();
  private final List<Jump> jumps = new ArrayList<>();

  /** {@code dst = src}. */
  public BpfAssembler mov(Register dst, Register src) {
    return compute(MOV, dst, src);
  }

  /** {@code dst = imm}. */
  public BpfAssembler mov(Register dst, int imm) {
    return compute(MOV, dst, imm);
  }

  /** {@code dst = value}, of 64 bits. */
  public BpfAssembler loadConstant(Register dst, long value) {
    return loadWide(dst, 0, value);
  }

  /** {@code dst = map}, for a helper. The descriptor must be open when the program is loaded. */
  public BpfAssembler loadMap(Register dst, BpfMap map) {
    return loadMap(dst, map.fd());
  }

  BpfAssembler loadMap(Register dst, int fd) {
    return loadWide(dst, PSEUDO_MAP_FD, fd);
  }

  private BpfAssembler loadWide(Register dst, int kind, long value) {
    emit(LD | Size.DOUBLE.code, dst.ordinal(), kind, 0, (int) value);
    return emit(0, 0, 0, 0, (int) (value >>> 32));
  }

  /** {@code dst += src}. */
  public BpfAssembler add(Register dst, Register src) {
    return compute(ADD, dst, src);
  }

  /** {@code dst += imm}. */
  public BpfAssembler add(Register dst, int imm) {
    return compute(ADD, dst, imm);
  }

  /** {@code dst -= src}. */
  public BpfAssembler sub(Register dst, Register src) {
    return compute(SUB, dst, src);
  }

  /** {@code dst -= imm}. */
  public BpfAssembler sub(Register dst, int imm) {
    return compute(SUB, dst, imm);
  }

  /** {@code dst *= src}. */
  public BpfAssembler mul(Register dst, Register src) {
    return compute(MUL, dst, src);
  }

  /** {@code dst *= imm}. */
  public BpfAssembler mul(Register dst, int imm) {
    return compute(MUL, dst, imm);
  }

  /** {@code dst &= src}. */
  public BpfAssembler and(Register dst, Register src) {
    return compute(AND, dst, src);
  }

  /** {@code dst &= imm}. */
  public BpfAssembler and(Register dst, int imm) {
    return compute(AND, dst, imm);
  }

  /** {@code dst |= src}. */
  public BpfAssembler or(Register dst, Register src) {
    return compute(OR, dst, src);
  }

  /** {@code dst |= imm}. */
  public BpfAssembler or(Register dst, int imm) {
    return compute(OR, dst, imm);
  }

  /** {@code dst ^= src}. */
  public BpfAssembler xor(Register dst, Register src) {
    return compute(XOR, dst, src);
  }

  /** {@code dst ^= imm}. */
  public BpfAssembler xor(Register dst, int imm) {
    return compute(XOR, dst, imm);
  }

  /** {@code dst <<= src}. */
  public BpfAssembler lsh(Register dst, Register src) {
    return compute(LSH, dst, src);
  }

  /** {@code dst <<= imm}. */
  public BpfAssembler lsh(Register dst, int imm) {
    return compute(LSH, dst, imm);
  }

  /** {@code dst >>>= src}, without sign. */
  public BpfAssembler rsh(Register dst, Register src) {
    return compute(RSH, dst, src);
  }

  /** {@code dst >>>= imm}, without sign. */
  public BpfAssembler rsh(Register dst, int imm) {
    return compute(RSH, dst, imm);
  }

  /** {@code dst >>= src}, with sign. */
  public BpfAssembler arsh(Register dst, Register src) {
    return compute(ARSH, dst, src);
  }

  /** {@code dst >>= imm}, with sign. */
  public BpfAssembler arsh(Register dst, int imm) {
    return compute(ARSH, dst, imm);
  }

  private BpfAssembler compute(int operation, Register dst, Register src) {
    return emit(ALU64 | FROM_REGISTER | operation, dst.ordinal(), src.ordinal(), 0, 0);
  }

  private BpfAssembler compute(int operation, Register dst, int imm) {
    return emit(ALU64 | operation, dst.ordinal(), 0, 0, imm);
  }

  /** {@code dst = *(src + offset)}, zero-extended. */
  public BpfAssembler load(Size size, Register dst, Register src, int offset) {
    return emit(LDX | MEM | size.code, dst.ordinal(), src.ordinal(), offset, 0);
  }

  /** {@code *(dst + offset) = src}. */
  public BpfAssembler store(Size size, Register dst, int offset, Register src) {
    return emit(STX | MEM | size.code, dst.ordinal(), src.ordinal(), offset, 0);
  }

  /** {@code *(dst + offset) = imm}. */
  public BpfAssembler storeConstant(Size size, Register dst, int offset, int imm) {
    return emit(ST | MEM | size.code, dst.ordinal(), 0, offset, imm);
  }

  /**
   * {@code *(dst + offset) += src}, atomically.
   *
   * @throws IllegalArgumentException unless the size is of 4 or 8 bytes
   */
  public BpfAssembler atomicAdd(Size size, Register dst, int offset, Register src) {
    if (size.bytes < 4) {
      throw new IllegalArgumentException(
          "BPF atomic addition: %s (expected: WORD or DOUBLE)".formatted(size));
    }
    return emit(STX | ATOMIC | size.code, dst.ordinal(), src.ordinal(), offset, ADD);
  }

  /** A label to jump to, not yet placed; the name is for messages. */
  public static Label label(String name) {
    return new Label(name);
  }

  /**
   * The label is here: what jumped to it goes on with the next instruction.
   *
   * @throws IllegalStateException if it was placed already
   */
  public BpfAssembler place(Label label) {
    if (label.index != Label.UNPLACED) {
      throw new IllegalStateException("BPF label %s is placed twice".formatted(label));
    }
    label.index = instructions.size();
    return this;
  }

  /** Goes on at the label. */
  public BpfAssembler jump(Label target) {
    return jump(JMP, 0, 0, 0, target);
  }

  /** Goes on at the label if {@code dst condition src}. */
  public BpfAssembler jumpIf(Condition condition, Register dst, Register src, Label target) {
    return jump(JMP | FROM_REGISTER | condition.code, dst.ordinal(), src.ordinal(), 0, target);
  }

  /** Goes on at the label if {@code dst condition imm}. */
  public BpfAssembler jumpIf(Condition condition, Register dst, int imm, Label target) {
    return jump(JMP | condition.code, dst.ordinal(), 0, imm, target);
  }

  private BpfAssembler jump(int operation, int dst, int src, int imm, Label target) {
    if (target.index != Label.UNPLACED) {
      throw new IllegalArgumentException(
          "BPF jump to %s goes back (expected: forward)".formatted(target));
    }
    jumps.add(new Jump(instructions.size(), target));
    return emit(operation, dst, src, 0, imm);
  }

  /** {@code R0 = helper(R1, …)}; R1 to R5 hold nothing afterwards. */
  public BpfAssembler call(HelperFunction helper) {
    return emit(JMP | CALL, 0, 0, 0, helper.number);
  }

  /** Ends with the result in R0. */
  public BpfAssembler exit() {
    return emit(JMP | EXIT, 0, 0, 0, 0);
  }

  /** Eight bytes: operation, registers (the destination lower), offset, immediate value. */
  private BpfAssembler emit(int operation, int dst, int src, int offset, int imm) {
    if (offset != (short) offset) {
      throw new IllegalArgumentException(
          "BPF offset: %d (expected: -32768 to 32767)".formatted(offset));
    }
    instructions.add(
        operation | (dst | src << 4) << 8 | (offset & 0xffffL) << 16 | (long) imm << 32);
    return this;
  }

  /**
   * The instructions, as {@link BpfProgram#load} takes them.
   *
   * @throws IllegalStateException if a jump's label was never placed, or is too far away
   */
  public byte[] assemble() {
    var resolved = new ArrayList<>(instructions);
    for (var jump : jumps) {
      long distance = distance(jump);
      resolved.set(jump.index, resolved.get(jump.index) | distance << 16);
    }
    var code =
        ByteBuffer.allocate(resolved.size() * INSTRUCTION_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    resolved.forEach(code::putLong);
    return code.array();
  }

  private static long distance(Jump jump) {
    int distance = jump.target.index - jump.index - 1;
    if (jump.target.index == Label.UNPLACED || distance > Short.MAX_VALUE) {
      throw new IllegalStateException(
          "BPF jump to %s: %s (expected: a label placed within 32767 instructions)"
              .formatted(
                  jump.target,
                  jump.target.index == Label.UNPLACED ? "never placed" : distance + " away"));
    }
    return distance;
  }
}
