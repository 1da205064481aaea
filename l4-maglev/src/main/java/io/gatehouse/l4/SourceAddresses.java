package io.gatehouse.l4;

import static java.util.concurrent.TimeUnit.SECONDS;

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
 * as there are local ports, so several are used in turn; one that ran out of ports to an endpoint
 * is left alone for a second, and a log line warns at {@value #WARN_PERCENT} %.
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
  private final SharedLogGate exhaustions;
  private final SharedLogGate warnings;

  private record Pair(InetAddress source, InetSocketAddress destination) {}

  /** What is known of one pair. */
  private static final class Use {
    final AtomicInteger connections = new AtomicInteger();
    volatile boolean exhausted;
    volatile long restUntilNanos;

    boolean rests(long nowNanos) {
      if (exhausted && nowNanos - restUntilNanos >= 0) {
        exhausted = false;
      }
      return exhausted;
    }
  }

  /** Which address a connect is to be bound to. */
  sealed interface Choice {}

  /** The kernel chooses: no address of the destination's family is configured. */
  record Kernels() implements Choice {}

  /** This one. */
  record Bound(InetAddress address) implements Choice {}

  /** Every address of the family ran out of ports to the destination within the last second. */
  record Exhausted() implements Choice {}

  /**
   * @param addresses in the order of their turns; empty leaves the choice to the kernel
   * @param ports that one address has for one destination
   * @param nowNanos on the clock of all calls
   */
  SourceAddresses(List<InetAddress> addresses, LocalPortRange ports, long nowNanos) {
    this.addresses = List.copyOf(addresses);
    this.ports = ports.size();
    this.exhaustions = new SharedLogGate(nowNanos);
    this.warnings = new SharedLogGate(nowNanos);
  }

  /** The next address of the destination's family that has ports left to it. */
  Choice next(InetSocketAddress destination, long nowNanos) {
    boolean ofFamily = false;
    int from = turn.getAndIncrement();
    for (int i = 0; i < addresses.size(); i++) {
      var source = addresses.get(Math.floorMod(from + i, addresses.size()));
      if (source.getClass() == destination.getAddress().getClass()) {
        ofFamily = true;
        var use = uses.get(new Pair(source, destination));
        if (use == null || !use.rests(nowNanos)) {
          return new Bound(source);
        }
      }
    }
    return ofFamily ? new Exhausted() : new Kernels();
  }

  /**
   * A connection holds a port from now on.
   *
   * @param source null: the kernel chose, and nothing is counted
   */
  void begin(@Nullable InetAddress source, InetSocketAddress destination, long nowNanos) {
    if (source == null) {
      return;
    }
    int now = use(source, destination).connections.incrementAndGet();
    if (now >= (long) ports * WARN_PERCENT / 100) {
      warn(source, destination, now, nowNanos);
    }
  }

  /** A connection has given its port back. */
  void ended(@Nullable InetAddress source, InetSocketAddress destination) {
    if (source != null) {
      use(source, destination).connections.decrementAndGet();
    }
  }

  /** The kernel had no port: EADDRNOTAVAIL of connect(2) or bind(2). */
  void exhausted(InetAddress source, InetSocketAddress destination, long nowNanos) {
    var use = use(source, destination);
    use.restUntilNanos = nowNanos + REST_NANOS;
    use.exhausted = true;
    if (exhaustions.admits(nowNanos)) {
      log.atError()
          .addKeyValue("source", source)
          .addKeyValue("destination", destination)
          .addKeyValue("connections", use.connections.get())
          .addKeyValue("ports", ports)
          .addKeyValue("suppressed", exhaustions.takeSuppressed())
          .log("out of source ports: add an address to sourceAddresses");
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
