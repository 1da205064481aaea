package io.gatehouse.linux;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;

/**
 * Calls that start and end processes (posix_spawn(3), waitid(2), kill(2)) and mark what they
 * inherit (fcntl(2)).
 *
 * <p>Stateless; any thread may call.
 */
final class ProcessCalls {
  static final int EINTR = 4;
  static final int P_PID = 1;

  static final int WEXITED = 4;
  static final int WNOWAIT = 0x1000000;
  static final int POSIX_SPAWN_SETPGROUP = 0x2;
  static final int POSIX_SPAWN_SETSIGMASK = 0x8;
  static final int F_SETFD = 2;
  static final int FD_CLOEXEC = 1;

  static final Calls CALLS = LibraryLoader.create(Calls.class).load("c");
  private static final Runtime RUNTIME = Runtime.getRuntime(CALLS);

  private ProcessCalls() {}

  /** As C declares them; pointers to structures and arrays are addresses. */
  public interface Calls {
    int posix_spawn(
        @Out int[] pid, @In byte[] path, long actions, long attributes, long argv, long envp);

    int posix_spawn_file_actions_init(long actions);

    int posix_spawn_file_actions_adddup2(long actions, int from, int to);

    int posix_spawn_file_actions_destroy(long actions);

    int posix_spawnattr_init(long attributes);

    int posix_spawnattr_setflags(long attributes, short flags);

    int posix_spawnattr_destroy(long attributes);

    int waitid(int type, int id, long info, int options);

    int waitpid(int pid, @Out int[] status, int options);

    int kill(int pid, int signal);

    int fcntl(int fd, int command, int argument);
  }

  static int lastErrno() {
    return RUNTIME.getLastError();
  }

  /** Throws for the calls that return the error number instead of setting it. */
  static void check(String call, int errno) throws LinuxException {
    if (errno != 0) {
      throw new LinuxException(call, errno);
    }
  }
}
