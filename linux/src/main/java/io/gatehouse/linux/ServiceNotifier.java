package io.gatehouse.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the service manager how this process fares, by the protocol of sd_notify(3): one datagram
 * of assignments per message to the UNIX socket that {@code NOTIFY_SOCKET} names.
 *
 * <p>Without a service manager every call does nothing. A message that cannot be delivered is
 * logged and reported to the caller, and changes nothing else: a front door does not close because
 * its supervisor does not listen. The messages are few, so each opens its own socket; a call waits
 * at most one second for a receiver whose queue is full, and therefore belongs on no event loop.
 *
 * <p>Immutable; any thread but an event loop may call.
 */
public final class ServiceNotifier {
  private static final Logger log = LoggerFactory.getLogger(ServiceNotifier.class);

  private static final long SEND_TIMEOUT_SECONDS = 1;

  private final byte @Nullable [] address;
  private final OptionalLong watchdogIntervalNanos;

  private ServiceNotifier(byte @Nullable [] address, OptionalLong watchdogIntervalNanos) {
    this.address = address;
    this.watchdogIntervalNanos = watchdogIntervalNanos;
  }

  /** For the service manager that started this process, if one did. */
  public static ServiceNotifier fromEnvironment() {
    return fromEnvironment(System.getenv(), ProcessHandle.current().pid());
  }

  static ServiceNotifier fromEnvironment(Map<String, String> environment, long pid) {
    return new ServiceNotifier(
        NotifyAddress.parse(environment.get("NOTIFY_SOCKET")),
        watchdogIntervalNanos(environment, pid));
  }

  private static OptionalLong watchdogIntervalNanos(Map<String, String> environment, long pid) {
    var micros = environment.get("WATCHDOG_USEC");
    var forPid = environment.get("WATCHDOG_PID");
    if (micros == null || (forPid != null && !forPid.equals(Long.toString(pid)))) {
      return OptionalLong.empty();
    }
    try {
      long value = Long.parseLong(micros);
      return value > 0
          ? OptionalLong.of(TimeUnit.MICROSECONDS.toNanos(value))
          : OptionalLong.empty();
    } catch (NumberFormatException e) {
      log.atWarn().addKeyValue("WATCHDOG_USEC", micros).log("no watchdog: expected microseconds");
      return OptionalLong.empty();
    }
  }

  /** Whether there is a service manager to tell. */
  public boolean isActive() {
    return address != null;
  }

  /**
   * How long the service manager waits between signs of life before it restarts the service; {@link
   * #watchdog} is to be called twice as often. Empty if it does not watch.
   */
  public OptionalLong watchdogIntervalNanos() {
    return watchdogIntervalNanos;
  }

  /**
   * The service is up.
   *
   * @return false if there was someone to tell and the message could not be delivered
   */
  public boolean ready() {
    return send("READY=1");
  }

  /** The service is shutting down; returns as {@link #ready} does. */
  public boolean stopping() {
    return send("STOPPING=1");
  }

  /**
   * One line for the operator, as {@code systemctl status} shows it; returns as {@link #ready}
   * does.
   */
  public boolean status(String line) {
    return send("STATUS=" + line.replace('\n', ' '));
  }

  /** A sign of life; returns as {@link #ready} does. */
  public boolean watchdog() {
    return send("WATCHDOG=1");
  }

  private boolean send(String message) {
    if (address == null) {
      return true;
    }
    try {
      send(message.getBytes(StandardCharsets.UTF_8), address);
      return true;
    } catch (LinuxException e) {
      log.atWarn()
          .addKeyValue("message", message)
          .addKeyValue("error", e.getMessage())
          .log("the service manager was not told");
      return false;
    }
  }

  private static void send(byte[] message, byte[] address) throws LinuxException {
    int fd = Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC);
    try {
      // struct timeval: seconds and microseconds, 64 bits each.
      var timeout = ByteBuffer.allocate(16).order(ByteOrder.nativeOrder());
      timeout.putLong(0, SEND_TIMEOUT_SECONDS);
      Libc.setSocketOption(fd, Libc.SOL_SOCKET, Libc.SO_SNDTIMEO, timeout.array());
      Libc.sendTo(fd, message, Libc.MSG_NOSIGNAL, address);
    } finally {
      Libc.close(fd);
    }
  }
}
