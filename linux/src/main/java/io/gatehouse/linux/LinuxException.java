package io.gatehouse.linux;

import java.io.IOException;

/** A system call that failed, with the name that the kernel's documentation uses for the reason. */
@SuppressWarnings("serial")
public sealed class LinuxException extends IOException permits BpfVerifierException {
  private final String call;
  private final int errno;

  /**
   * @param call the system call, such as {@code setsockopt}
   * @param errno its error number, or minus it
   */
  public LinuxException(String call, int errno) {
    this(call, errno, "");
  }

  LinuxException(String call, int errno, String details) {
    super("%s: %s%s".formatted(call, Errno.describe(errno), details));
    this.call = call;
    this.errno = Math.abs(errno);
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
