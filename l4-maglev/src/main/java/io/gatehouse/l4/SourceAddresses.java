package io.gatehouse.l4;

import static io.gatehouse.linux.Errno.EADDRNOTAVAIL;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.linux.Errno;
import io.gatehouse.linux.SockAddr;
import io.gatehouse.linux.Sockets;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From where a node connects to endpoints. One address can have as many connections to one endpoint
 * as there are local ports, so several are used in turn; one that ran out of ports to an endpoint,
 * or that the host has not any more, is left alone for a second, and a log line warns at {@value
 * #WARN_PERCENT} %.
 *
 * <p>Shared by all loops: the ports are the host's. Holds one number per address and endpoint, at
 * most {@value #MAX_PAIRS} of them; beyond that, which only an ever-changing pool could reach,
 * those without a connection are forgotten. No method does I/O but to log, at most once per second.
 */
final class SourceAddresses {
  /** Share of the ports to one endpoint at which the log warns. */
  static final int WARN_PERCENT = 80;

  static final int MAX_PAIRS = 65_536;

  private static final Logger log = LoggerFactory.getLogger(SourceAddresses.class);
  private static final long REST_NANOS = SECONDS.toNanos(1);

  private final List<InetAddress> addresses;
  private final int ports;
  private final Map<Pair, Use> uses = new ConcurrentHashMap<>();
  private final AtomicInteger turn = new AtomicInteger();
  private final LogGate exhaustions;
  private final LogGate absences;
  private final LogGate warnings;

  private record Pair(InetAddress source, InetSocketAddress destination) {}

  /** What is known of one pair. */
  private static final class Use {
    final AtomicInteger connections = new AtomicInteger();
    volatile @Nullable ConnectFailure fault;
    volatile long restUntilNanos;

    /** Why it is left alone at present; null if it is not. */
    @Nullable ConnectFailure restsFor(long nowNanos) {
      if (fault != null && nowNanos - restUntilNanos >= 0) {
        fault = null;
      }
      return fault;
    }
  }

  /** From where to connect. */
  sealed interface Choice {}

  /**
   * From here; a port of the address is in use until {@link #release}.
   *
   * @param from null: the kernel chooses, for no address of the destination's family is configured
   */
  record Lease(@Nullable InetAddress from, InetSocketAddress to) implements Choice {}

  /** From nowhere: every address of the family failed within the last second. */
  record NoSource(ConnectFailure why) implements Choice {}

  /**
   * @param addresses in the order of their turns; empty leaves the choice to the kernel
   * @param ports that one address has for one destination
   * @param nowNanos on the clock of all calls
   */
  SourceAddresses(List<InetAddress> addresses, LocalPortRange ports, long nowNanos) {
    this.addresses = List.copyOf(addresses);
    this.ports = ports.size();
    this.exhaustions = new LogGate(nowNanos);
    this.absences = new LogGate(nowNanos);
    this.warnings = new LogGate(nowNanos);
  }

  /**
   * Checks that the kernel lets connections come from each of these addresses.
   *
   * @throws IllegalStateException if it does not
   */
  static void requireOnThisHost(List<InetAddress> addresses) {
    try (var at = new SockAddr()) {
      for (InetAddress address : addresses) {
        int socket = Sockets.tcp(address instanceof Inet6Address);
        int result =
            socket < 0 ? socket : Sockets.bind(socket, at.set(new InetSocketAddress(address, 0)));
        if (socket >= 0) {
          Sockets.close(socket);
        }
        if (result < 0) {
          throw new IllegalStateException(
              "cannot connect from source address %s: %s"
                  .formatted(
                      address.getHostAddress(),
                      result == -EADDRNOTAVAIL
                          ? "no interface of this host has it (expected: one that 'ip address'"
                              + " shows)"
                          : Errno.describe(-result)));
        }
      }
    }
  }

  /** Takes a port of the next address of the destination's family that can be used. */
  Choice take(InetSocketAddress to, long nowNanos) {
    ConnectFailure fault = null;
    int from = turn.getAndIncrement();
    for (int i = 0; i < addresses.size(); i++) {
      var source = addresses.get(Math.floorMod(from + i, addresses.size()));
      if (source.getClass() == to.getAddress().getClass()) {
        var use = use(source, to);
        fault = use.restsFor(nowNanos);
        if (fault == null) {
          count(use, source, to, nowNanos);
          return new Lease(source, to);
        }
      }
    }
    return fault == null ? new Lease(null, to) : new NoSource(fault);
  }

  private void count(Use use, InetAddress source, InetSocketAddress to, long nowNanos) {
    int now = use.connections.incrementAndGet();
    if (now >= (long) ports * WARN_PERCENT / 100) {
      warn(source, to, now, nowNanos);
    }
  }

  /** A connection has given its port back. */
  void release(Lease lease) {
    if (lease.from() != null) {
      use(lease.from(), lease.to()).connections.decrementAndGet();
    }
  }

  /** A connect failed. Where the source is to blame it is left alone for a second. */
  void failed(Lease lease, ConnectFailure why, long nowNanos) {
    if (lease.from() == null || !why.isOfSource()) {
      return;
    }
    var use = use(lease.from(), lease.to());
    use.restUntilNanos = nowNanos + REST_NANOS;
    use.fault = why;
    boolean noPort = why.equals(ConnectFailure.NO_SOURCE_PORT);
    var gate = noPort ? exhaustions : absences;
    if (gate.admits(nowNanos)) {
      log.atError()
          .addKeyValue("source", lease.from())
          .addKeyValue("destination", lease.to())
          .addKeyValue("connections", use.connections.get())
          .addKeyValue("ports", ports)
          .addKeyValue("suppressed", gate.takeSuppressed())
          .log(
              noPort
                  ? "out of source ports: add an address to sourceAddresses"
                  : "a source address is gone: no interface of this host has it any more");
    }
  }

  private void warn(
      InetAddress source, InetSocketAddress destination, int connections, long nowNanos) {
    if (warnings.admits(nowNanos)) {
      log.atWarn()
          .addKeyValue("source", source)
          .addKeyValue("destination", destination)
          .addKeyValue("connections", connections)
          .addKeyValue("ports", ports)
          .addKeyValue("suppressed", warnings.takeSuppressed())
          .log("source ports are running out: add an address to sourceAddresses");
    }
  }

  private Use use(InetAddress source, InetSocketAddress destination) {
    if (uses.size() >= MAX_PAIRS) {
      uses.values().removeIf(use -> use.connections.get() == 0);
    }
    return uses.computeIfAbsent(new Pair(source, destination), pair -> new Use());
  }

  /**
   * The greatest share of its ports that any address uses to any one endpoint, 0 to 1 and above.
   */
  double greatestUse() {
    int most = uses.values().stream().mapToInt(use -> use.connections.get()).max().orElse(0);
    return (double) most / ports;
  }
}
