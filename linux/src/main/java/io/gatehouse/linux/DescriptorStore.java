package io.gatehouse.linux;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Descriptors that outlive this process: the service manager keeps duplicates of them and passes
 * them to the successor (sd_notify(3) {@code FDSTORE=1}, sd_listen_fds(3)). The manager is systemd
 * with {@code FileDescriptorStoreMax=}, or {@code gatehouse keep}.
 *
 * <p>What the store holds stays there when it has been passed on. A polled descriptor leaves it by
 * itself on EPOLLHUP or EPOLLERR; a TCP connection does so once both directions are shut down, for
 * which {@code shutdown(2)} is needed: closing this process' descriptor alone ends nothing, since
 * the store holds another. Sending a descriptor that is held already changes nothing.
 *
 * <p>Keep names short. systemd passes all of them in one environment variable, and Linux allows it
 * 128 KiB: 65,000 descriptors with a name of one letter, 21,000 with one of five. The keeper passes
 * eight times as many ({@link SpawnedProcess#MAX_NAMES_BYTES}).
 *
 * <p>Owned by one thread; {@link #copy} makes one for another. No call blocks, and none allocates
 * once it has run, so that an event loop may own it.
 */
public final class DescriptorStore implements AutoCloseable {
  /** The most descriptors of one {@link #store}. */
  public static final int MAX_DESCRIPTORS_PER_CALL = DescriptorMessage.MAX_DESCRIPTORS;

  /** The longest name. */
  public static final int MAX_NAME_BYTES = 255;

  private static final Logger log = LoggerFactory.getLogger(DescriptorStore.class);

  /** {@code SD_LISTEN_FDS_START}. */
  static final int FIRST_PASSED = 3;

  /** What sd_listen_fds_with_names(3) calls a descriptor that was passed without a name. */
  private static final String UNNAMED = "unknown";

  private static final int[] NO_FDS = {};

  private static final byte[] STORE = ascii("FDSTORE=1\nFDNAME=");
  private static final byte[] REMOVE = ascii("FDSTOREREMOVE=1\nFDNAME=");
  private static final byte[] UNPOLLED = ascii("\nFDPOLL=0");
  private static final int MAX_MESSAGE_BYTES = 320;

  /**
   * A descriptor that was passed at start, which now belongs to the caller.
   *
   * @param name what it was stored as; several may have the same
   * @param fd with CLOEXEC set
   */
  public record Stored(String name, int fd) {}

  private final byte @Nullable [] address;
  private List<Stored> passed;
  private final DescriptorMessage message;
  private int socket = -1;
  private boolean lossTold;

  private DescriptorStore(byte @Nullable [] address, List<Stored> passed) {
    this.address = address;
    this.passed = passed;
    message = new DescriptorMessage(MAX_MESSAGE_BYTES, address);
  }

  /** The store of the service manager that started this process, if it offers one. */
  public static DescriptorStore fromEnvironment() {
    return fromEnvironment(System.getenv(), ProcessHandle.current().pid());
  }

  /** A store that keeps nothing. */
  public static DescriptorStore none() {
    return new DescriptorStore(null, List.of());
  }

  static DescriptorStore fromEnvironment(Map<String, String> environment, long pid) {
    // FDSTORE tells how many are accepted; systemd says so as of version 254.
    boolean offered = environment.getOrDefault("FDSTORE", "").matches("[1-9][0-9]*");
    return new DescriptorStore(
        offered ? NotifyAddress.parse(environment.get("NOTIFY_SOCKET")) : null,
        passed(environment, pid));
  }

  private static List<Stored> passed(Map<String, String> environment, long pid) {
    if (!Long.toString(pid).equals(environment.get("LISTEN_PID"))) {
      return List.of();
    }
    var number = environment.getOrDefault("LISTEN_FDS", "");
    if (!number.matches("[0-9]{1,7}")) {
      log.atWarn().addKeyValue("LISTEN_FDS", number).log("no descriptors: expected a number");
      return List.of();
    }
    int count = Integer.parseInt(number);
    var names = PassedNames.read(environment);
    if (!names.isEmpty() && names.size() != count) {
      log.atWarn()
          .addKeyValue("names", names.size())
          .addKeyValue("descriptors", count)
          .log("names of passed descriptors are ignored: expected one for each");
    }
    var passed = new ArrayList<Stored>(count);
    for (int i = 0; i < count; i++) {
      int fd = FIRST_PASSED + i;
      if (Descriptors.setCloseOnExec(fd)) {
        passed.add(new Stored(names.size() == count ? names.get(i) : UNNAMED, fd));
      } else {
        log.atWarn().addKeyValue("fd", fd).log("a passed descriptor is not open");
      }
    }
    return List.copyOf(passed);
  }

  /** Whether what is stored will reach a successor. */
  public boolean isAvailable() {
    return address != null && !lossTold;
  }

  /**
   * The descriptors that were passed when this process started; the caller owns them. They are
   * given once, later calls return none. Their order means nothing: systemd keeps none.
   */
  public List<Stored> take() {
    var taken = passed;
    passed = List.of();
    return taken;
  }

  /** The same store, where what it held for this process has come by other means than its start. */
  public DescriptorStore withPassed(List<Stored> descriptors) {
    return new DescriptorStore(address, List.copyOf(descriptors));
  }

  /** The same store for another thread, with a socket of its own and nothing to take. */
  public DescriptorStore copy() {
    return new DescriptorStore(address, List.of());
  }

  /**
   * Stores duplicates of descriptors, each until it hangs up (see above) or is forgotten.
   *
   * @param name 1 to 255 printable ASCII characters without {@code :}
   * @param fds borrowed
   * @param count how many of them, 1 to 253
   * @return 0 when the message is on its way, or a negative error number: -EAGAIN and -ETOOMANYREFS
   *     (-109) when the receiver is behind, to be tried again later; -ENOTCONN without a store;
   *     -ECONNREFUSED when it is gone. A full store refuses without telling.
   * @throws IllegalArgumentException if the name or the count is none of these
   */
  public int store(String name, int[] fds, int count) {
    return store(name, fds, count, true);
  }

  /**
   * As {@link #store}, without watching for a hang-up: held until they are forgotten. For
   * listeners, maps and memory, and for connections in which bytes may wait after the hang-up.
   */
  public int storeUnpolled(String name, int[] fds, int count) {
    return store(name, fds, count, false);
  }

  private int store(String name, int[] fds, int count, boolean polled) {
    if (count < 1 || count > MAX_DESCRIPTORS_PER_CALL) {
      throw new IllegalArgumentException("count: %d (expected: 1 to 253)".formatted(count));
    }
    return send(putText(STORE, name, polled), fds, count);
  }

  /**
   * Removes all that is stored under a name; open descriptors of this process stay open.
   *
   * @return as {@link #store}
   */
  public int forget(String name) {
    return send(putText(REMOVE, name, true), NO_FDS, 0);
  }

  private int putText(byte[] verb, String name, boolean polled) {
    int length = name.length();
    if (length == 0 || length > MAX_NAME_BYTES) {
      throw invalid(name);
    }
    var text = message.textBytes();
    text.put(0, verb);
    for (int i = 0; i < length; i++) {
      char c = name.charAt(i);
      if (c < ' ' || c > '~' || c == ':') {
        throw invalid(name);
      }
      text.put(verb.length + i, (byte) c);
    }
    int end = verb.length + length;
    if (polled) {
      return end;
    }
    text.put(end, UNPOLLED);
    return end + UNPOLLED.length;
  }

  private static IllegalArgumentException invalid(String name) {
    return new IllegalArgumentException(
        "descriptor name: '%s' (expected: 1 to 255 printable ASCII characters without ':')"
            .formatted(name));
  }

  private int send(int textBytes, int[] fds, int count) {
    if (address == null) {
      return -Errno.ENOTCONN;
    }
    if (socket < 0) {
      try {
        socket =
            Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK);
      } catch (LinuxException e) {
        return -e.errno();
      }
    }
    int result = message.send(socket, textBytes, fds, count);
    if (result == -Errno.ECONNREFUSED && !lossTold) {
      lossTold = true;
      log.warn("the descriptor store is gone: this process serves on, a successor starts anew");
    }
    return result;
  }

  /** Closes what this needed itself; what is stored stays stored. */
  @Override
  public void close() {
    if (socket >= 0) {
      Libc.close(socket);
      socket = -1;
    }
  }

  private static byte[] ascii(String literal) {
    return literal.getBytes(StandardCharsets.US_ASCII);
  }
}
