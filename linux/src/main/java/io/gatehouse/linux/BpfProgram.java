package io.gatehouse.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A program that the kernel has verified and loaded. It lives for as long as a descriptor refers to
 * it or it is attached. Any thread may use it.
 */
public final class BpfProgram implements AutoCloseable {
  /** Kinds of programs, with the numbers that {@code enum bpf_prog_type} gives them. */
  public enum Type {
    /** Judges what arrives at the sockets of a map. */
    SK_SKB(14);

    private final int number;

    Type(int number) {
      this.number = number;
    }
  }

  /** Where a program is attached, with the numbers of {@code enum bpf_attach_type}. */
  public enum AttachType {
    /** Judges messages that a parser has told apart. */
    SK_SKB_STREAM_VERDICT(5),
    /** Judges what arrives, as it arrives; without a parser. Since Linux 5.13. */
    SK_SKB_VERDICT(38);

    private final int number;

    AttachType(int number) {
      this.number = number;
    }
  }

  private static final int INSTRUCTION_BYTES = 8;
  private static final int LOAD_ATTRIBUTE_BYTES = 128;
  private static final int ATTACH_ATTRIBUTE_BYTES = 32;
  private static final int LOG_BYTES = 256 * 1024;

  /** No helper in {@link BpfAssembler.HelperFunction} is reserved for programs under the GPL. */
  private static final String LICENSE = "Apache-2.0";

  private final int fd;
  private final String name;
  private boolean isOpen = true;

  private BpfProgram(int fd, String name) {
    this.fd = fd;
    this.name = name;
  }

  /**
   * Has a program verified and loaded.
   *
   * @param name for tools; 1 to 15 letters, digits, dots and underscores
   * @param attach where it will be attached
   * @param instructions as {@link BpfAssembler#assemble} makes them
   * @throws BpfVerifierException if the verifier refuses it
   * @throws LinuxException EPERM without CAP_BPF and CAP_NET_ADMIN
   */
  public static BpfProgram load(Type type, String name, AttachType attach, byte[] instructions)
      throws LinuxException {
    BpfCall.requireName(name);
    if (instructions.length == 0 || instructions.length % INSTRUCTION_BYTES != 0) {
      throw new IllegalArgumentException(
          "BPF program %s: %d bytes (expected: a multiple of 8, > 0)"
              .formatted(name, instructions.length));
    }
    try (var code = NativeBuffer.allocate(instructions.length);
        var license = NativeBuffer.allocate(LICENSE.length() + 1)) {
      code.bytes().put(instructions);
      license.bytes().put(LICENSE.getBytes(StandardCharsets.US_ASCII));
      try (var attributes = attributes(type, name, attach, code, license)) {
        int fd = BpfCall.call(BpfCall.PROG_LOAD, attributes.address(), LOAD_ATTRIBUTE_BYTES);
        return new BpfProgram(fd < 0 ? loadWithLog(name, fd, attributes) : fd, name);
      }
    }
  }

  private static NativeBuffer attributes(
      Type type, String name, AttachType attach, NativeBuffer code, NativeBuffer license) {
    var attributes = NativeBuffer.allocate(LOAD_ATTRIBUTE_BYTES);
    var bytes = attributes.bytes();
    bytes.putInt(0, type.number).putInt(4, code.size() / INSTRUCTION_BYTES);
    bytes.putLong(8, code.address()).putLong(16, license.address());
    bytes.put(48, name.getBytes(StandardCharsets.US_ASCII)).putInt(68, attach.number);
    return attributes;
  }

  /** Tries again, since the reason is told only to who asks for it before. */
  private static int loadWithLog(String name, int error, NativeBuffer attributes)
      throws LinuxException {
    try (var log = NativeBuffer.allocate(LOG_BYTES)) {
      attributes.bytes().putInt(24, 1).putInt(28, LOG_BYTES).putLong(32, log.address());
      int fd = BpfCall.call(BpfCall.PROG_LOAD, attributes.address(), LOAD_ATTRIBUTE_BYTES);
      if (fd >= 0) {
        return fd; // the first refusal was for want of memory, and passed
      }
      var text = text(log.bytes());
      throw text.isEmpty()
          ? new LinuxException("bpf(BPF_PROG_LOAD)", error)
          : new BpfVerifierException(name, error, text);
    }
  }

  private static String text(ByteBuffer log) {
    int length = 0;
    while (length < log.capacity() && log.get(length) != 0) {
      length++;
    }
    var text = new byte[length];
    log.get(0, text);
    return new String(text, StandardCharsets.UTF_8).strip();
  }

  /** Its descriptor. */
  public int fd() {
    return fd;
  }

  /**
   * Attaches it to a map of sockets, in the place of another of that kind. It stays for as long as
   * the map does.
   *
   * @throws LinuxException if the map takes no such program
   */
  public void attach(BpfMap map, AttachType attach) throws LinuxException {
    var scratch = CallScratch.ofThisThread();
    scratch.clear(ATTACH_ATTRIBUTE_BYTES);
    scratch.bytes.putInt(0, map.fd()).putInt(4, fd).putInt(8, attach.number);
    int result = BpfCall.call(BpfCall.PROG_ATTACH, scratch.address, ATTACH_ATTRIBUTE_BYTES);
    if (result < 0) {
      throw new LinuxException("bpf(BPF_PROG_ATTACH)", result);
    }
  }

  @Override
  public String toString() {
    return "BpfProgram %s, fd %d".formatted(name, fd);
  }

  @Override
  public void close() {
    if (isOpen) {
      isOpen = false;
      Libc.close(fd);
    }
  }
}
