package io.gatehouse.linux;

/**
 * Names of error numbers ({@code asm-generic/errno.h}), for the calls made here: sockets, BPF and
 * descriptors.
 */
final class Errno {
  private Errno() {}

  /** Name and number, for a log. */
  static String describe(int errno) {
    return "%s (%d)".formatted(name(errno), errno);
  }

  static String name(int errno) {
    return switch (errno) {
      case 1 -> "EPERM";
      case 2 -> "ENOENT";
      case 3 -> "ESRCH";
      case 4 -> "EINTR";
      case 5 -> "EIO";
      case 7 -> "E2BIG";
      case 9 -> "EBADF";
      case 11 -> "EAGAIN";
      case 12 -> "ENOMEM";
      case 13 -> "EACCES";
      case 14 -> "EFAULT";
      case 16 -> "EBUSY";
      case 17 -> "EEXIST";
      case 19 -> "ENODEV";
      case 20 -> "ENOTDIR";
      case 22 -> "EINVAL";
      case 23 -> "ENFILE";
      case 24 -> "EMFILE";
      case 28 -> "ENOSPC";
      case 32 -> "EPIPE";
      case 34 -> "ERANGE";
      case 36 -> "ENAMETOOLONG";
      case 38 -> "ENOSYS";
      case 75 -> "EOVERFLOW";
      case 88 -> "ENOTSOCK";
      case 90 -> "EMSGSIZE";
      case 91 -> "EPROTOTYPE";
      case 92 -> "ENOPROTOOPT";
      case 93 -> "EPROTONOSUPPORT";
      case 95 -> "EOPNOTSUPP";
      case 97 -> "EAFNOSUPPORT";
      case 98 -> "EADDRINUSE";
      case 99 -> "EADDRNOTAVAIL";
      case 101 -> "ENETUNREACH";
      case 103 -> "ECONNABORTED";
      case 104 -> "ECONNRESET";
      case 105 -> "ENOBUFS";
      case 107 -> "ENOTCONN";
      case 110 -> "ETIMEDOUT";
      case 111 -> "ECONNREFUSED";
      case 113 -> "EHOSTUNREACH";
      case 524 -> "ENOTSUPP";
      default -> "errno " + errno;
    };
  }
}
