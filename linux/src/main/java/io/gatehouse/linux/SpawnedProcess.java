package io.gatehouse.linux;

import io.gatehouse.linux.DescriptorStore.Stored;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A child process that gets descriptors as systemd passes them: from 3 on, told by {@code
 * LISTEN_FDS}, {@code LISTEN_PID} and {@link PassedNames} (sd_listen_fds(3)). It shares standard
 * input, output and error with this process, is in a process group of its own, so that a Ctrl-C on
 * the terminal reaches it only through this process, and inherits nothing else.
 *
 * <p>Its own thread may wait in {@link #awaitEnd}; the rest is owned by the thread that started it.
 */
public final class SpawnedProcess {
  /** What the names of all passed descriptors may take, each with one byte more than its length. */
  public static final int MAX_NAMES_BYTES = PassedNames.MAX_BYTES;

  /** Larger than glibc's and musl's posix_spawn_file_actions_t and posix_spawnattr_t. */
  private static final long OPAQUE_BYTES = 1024;

  private static final int SIGINFO_BYTES = 128;
  private static final int P_PID = 1;
  private static final int WEXITED = 4;
  private static final int WNOWAIT = 0x1000000;
  private static final int POSIX_SPAWN_SETPGROUP = 0x2;
  private static final int POSIX_SPAWN_SETSIGMASK = 0x8;

  /** Only the child knows its process id, hence a shell that becomes the program. */
  private static final List<String> WITH_OWN_PID =
      List.of("/bin/sh", "-c", "LISTEN_PID=$$ exec \"$@\"", "sh");

  /**
   * How a process ended.
   *
   * @param code what it exited with, 0 if a signal ended it
   * @param signal that ended it, 0 if it exited
   */
  public record End(int code, int signal) {
    /** As shells tell it: the code, or 128 and the signal. */
    public int exitCode() {
      return signal == 0 ? code : 128 + signal;
    }
  }

  private final int pid;
  private boolean reaped;

  private SpawnedProcess(int pid) {
    this.pid = pid;
  }

  /**
   * Starts a program.
   *
   * @param command absolute path and arguments
   * @param environment all of it; what concerns passed descriptors is added
   * @param passed borrowed descriptors, 3 or higher and each but once, with the names they are to
   *     have; their names together at most {@link #MAX_NAMES_BYTES}. The order in which they arrive
   *     is another.
   * @throws LinuxException if the kernel refuses, for instance with E2BIG
   * @throws IOException if /proc is not mounted
   */
  public static SpawnedProcess start(
      List<String> command, Map<String, String> environment, List<Stored> passed)
      throws IOException {
    Descriptors.setAllCloseOnExec();
    Stored[] slots = slots(passed);
    var all = new HashMap<>(environment);
    List.of("LISTEN_PID", "LISTEN_FDS").forEach(all::remove);
    PassedNames.variables().forEach(all::remove);
    var words = new ArrayList<String>();
    if (slots.length > 0) {
      words.addAll(WITH_OWN_PID);
      all.put("LISTEN_FDS", Integer.toString(slots.length));
      all.putAll(PassedNames.write(Arrays.stream(slots).map(Stored::name).toList()));
    }
    words.addAll(command);
    var variables = all.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
    return new SpawnedProcess(spawn(words, variables, slots));
  }

  /**
   * Who goes where: a descriptor whose number is among the target numbers stays, the others fill
   * the gaps. So no copy overwrites what is still to be copied.
   */
  private static Stored[] slots(List<Stored> passed) {
    var slots = new Stored[passed.size()];
    var others = new ArrayDeque<Stored>();
    for (Stored stored : passed) {
      int slot = stored.fd() - DescriptorStore.FIRST_PASSED;
      if (slot < slots.length) {
        slots[slot] = stored;
      } else {
        others.add(stored);
      }
    }
    for (int i = 0; i < slots.length; i++) {
      if (slots[i] == null) {
        slots[i] = others.remove();
      }
    }
    return slots;
  }

  private static int spawn(List<String> words, List<String> variables, Stored[] slots)
      throws LinuxException {
    var calls = Libc.CALLS;
    try (var arena = Arena.ofConfined()) {
      long actions = arena.allocate(OPAQUE_BYTES, Long.BYTES).address();
      long attributes = arena.allocate(OPAQUE_BYTES, Long.BYTES).address();
      check("posix_spawnattr_init", calls.posix_spawnattr_init(attributes));
      check("posix_spawn", calls.posix_spawn_file_actions_init(actions));
      try {
        // A new group, and no signal blocked: both sets are empty after init.
        int flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK;
        check(
            "posix_spawnattr_setflags", calls.posix_spawnattr_setflags(attributes, (short) flags));
        for (int i = 0; i < slots.length; i++) {
          // From a number to itself it clears CLOEXEC.
          check(
              "posix_spawn_file_actions_adddup2",
              calls.posix_spawn_file_actions_adddup2(
                  actions, slots[i].fd(), DescriptorStore.FIRST_PASSED + i));
        }
        int[] pid = new int[1];
        long argv = strings(arena, words);
        long envp = strings(arena, variables);
        check(
            "posix_spawn",
            calls.posix_spawn(pid, words.getFirst(), actions, attributes, argv, envp));
        return pid[0];
      } finally {
        calls.posix_spawn_file_actions_destroy(actions);
        calls.posix_spawnattr_destroy(attributes);
      }
    }
  }

  /** For calls that return the error number instead of setting it. */
  private static void check(String call, int errno) throws LinuxException {
    if (errno != 0) {
      throw new LinuxException(call, errno);
    }
  }

  /** An array of C strings that ends with NULL. */
  private static long strings(Arena arena, List<String> strings) {
    MemorySegment array = arena.allocate(ValueLayout.JAVA_LONG, strings.size() + 1);
    for (int i = 0; i < strings.size(); i++) {
      array.setAtIndex(ValueLayout.JAVA_LONG, i, arena.allocateFrom(strings.get(i)).address());
    }
    return array.address();
  }

  /** Its process id, which is its own until {@link #reap}. */
  public int pid() {
    return pid;
  }

  /** Waits until it has ended; it keeps its id. Any thread may wait, before {@link #reap}. */
  public void awaitEnd() {
    try (var arena = Arena.ofConfined()) {
      long info = arena.allocate(SIGINFO_BYTES, Long.BYTES).address();
      int options = WEXITED | WNOWAIT;
      while (Libc.CALLS.waitid(P_PID, pid, info, options) < 0 && Libc.errno() == Errno.EINTR) {
        // interrupted by a signal: wait on
      }
    }
  }

  /**
   * Takes notice of its end, which {@link #awaitEnd} has seen.
   *
   * @throws LinuxException if it is no child of this process
   */
  public End reap() throws LinuxException {
    int[] status = new int[1];
    while (Libc.CALLS.waitpid(pid, status, 0) < 0) {
      int errno = Libc.errno();
      if (errno != Errno.EINTR) {
        throw new LinuxException("waitpid", errno);
      }
    }
    reaped = true;
    int signal = status[0] & 0x7f;
    return signal == 0 ? new End(status[0] >> 8 & 0xff, 0) : new End(0, signal);
  }

  /** Sends a signal by its number; nothing once it is reaped. */
  public void signal(int number) {
    if (!reaped) {
      Libc.CALLS.kill(pid, number);
    }
  }
}
