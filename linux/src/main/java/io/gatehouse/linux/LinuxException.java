package io.gatehouse.linux;

import java.io.IOException;

/** A system call that failed, with the name that the kernel's documentation uses for the reason. */
@SuppressWarnings("serial")
public final class LinuxException extends IOException {
  private final String call;
  private final int errno;

  LinuxException(String call, int errno) {
    super("%s: %s".formatted(call, Errno.describe(errno)));
    this.call = call;
    this.errno = errno;
  }

  /** The system call, such as {@code setsockopt}. */
  public String call() {
    return call;
  }

  /** The error number. */
  public int errno() {
    return errno;
  }

  /** Its name, such as {@code EPERM}; {@code errno 999} where it has none here. */
  public String errnoName() {
    return Errno.name(errno);
  }
}
