package io.gatehouse.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** This process' descriptors. Stateless; any thread may call. */
final class Descriptors {
  private static final int F_SETFD = 2;
  private static final int FD_CLOEXEC = 1;
  private static final Path OPEN = Path.of("/proc/self/fd");

  private Descriptors() {}

  /** Keeps a descriptor from programs that this one starts; false if it is not open. */
  static boolean setCloseOnExec(int fd) {
    return Libc.CALLS.fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
  }

  /** Does so for all but standard input, output and error. */
  static void setAllCloseOnExec() throws IOException {
    try (var open = Files.newDirectoryStream(OPEN)) {
      for (Path entry : open) {
        int fd = Integer.parseInt(entry.getFileName().toString());
        if (fd >= DescriptorStore.FIRST_PASSED) {
          setCloseOnExec(fd); // the listing's own is gone by then, which does no harm
        }
      }
    }
  }
}
