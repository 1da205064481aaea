package io.gatehouse.linux;

/**
 * The system call bpf(2). Each command takes a {@code union bpf_attr} of its own ({@code
 * linux/bpf.h}); what a command does not set is zero.
 */
final class BpfCall {
  static final int MAP_CREATE = 0;
  static final int MAP_LOOKUP_ELEM = 1;
  static final int MAP_UPDATE_ELEM = 2;
  static final int MAP_DELETE_ELEM = 3;
  static final int PROG_LOAD = 5;
  static final int PROG_ATTACH = 8;
  static final int OBJ_GET_INFO_BY_FD = 15;

  /** Names have 16 bytes, the last of them NUL. */
  static final int NAME_BYTES = 16;

  private static final long NUMBER = number(System.getProperty("os.arch"));

  private BpfCall() {}

  static long number(String architecture) {
    return switch (architecture) {
      case "amd64" -> 321;
      case "aarch64" -> 280;
      default ->
          throw new UnsupportedOperationException(
              "bpf on %s (expected: amd64 or aarch64)".formatted(architecture));
    };
  }

  /** What it returned, or minus the error number. */
  static int call(int command, long attributes, int size) {
    return (int) Libc.orError(Libc.CALLS.syscall(NUMBER, command, attributes, size));
  }

  /**
   * A name that the kernel takes: letters, digits, dots and underscores, at most 15.
   *
   * @throws IllegalArgumentException if it is none
   */
  static String requireName(String name) {
    if (!name.matches("[A-Za-z0-9_.]{1,15}")) {
      throw new IllegalArgumentException(
          "BPF name: %s (expected: 1 to 15 of A-Z a-z 0-9 _ .)".formatted(name));
    }
    return name;
  }
}
