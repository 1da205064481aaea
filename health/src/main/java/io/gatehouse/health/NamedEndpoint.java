package io.gatehouse.health;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.transport.LoopCounters;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An endpoint that is configured by name: each address of the name is an endpoint of its own. The
 * name is asked for again when its time to live is over. While nobody can say, or says that there
 * is no address, the last answer stands: a name server that fails must not take backends away.
 *
 * <p>Owned by its loop.
 */
final class NamedEndpoint {
  private static final Logger log = LoggerFactory.getLogger(HealthMonitor.class);

  /** Most addresses of one name. */
  static final int MAX_ADDRESSES = 64;

  private static final long MIN_WAIT_NANOS = SECONDS.toNanos(1);
  private static final long MAX_WAIT_NANOS = SECONDS.toNanos(300);
  private static final long MAX_RETRY_NANOS = SECONDS.toNanos(30);

  private final Endpoint configured;
  private final EventLoop loop;
  private final NameLookup lookup;
  private final LoopCounters.Shard<HealthCounter> counters;
  private final Runnable changed;
  private List<InetAddress> ipv4 = List.of();
  private List<InetAddress> ipv6 = List.of();
  private List<Endpoint> endpoints = List.of();
  private long retryNanos = MIN_WAIT_NANOS;
  private boolean failing;
  private @Nullable Future<?> timer;
  private boolean closed;

  /**
   * @param configured with an address that is not resolved
   * @param changed called when {@link #endpoints} has become another list
   */
  NamedEndpoint(
      Endpoint configured,
      EventLoop loop,
      NameLookup lookup,
      LoopCounters.Shard<HealthCounter> counters,
      Runnable changed) {
    this.configured = configured;
    this.loop = loop;
    this.lookup = lookup;
    this.counters = counters;
    this.changed = changed;
  }

  /** One for each address, named after it; none before the first answer. */
  List<Endpoint> endpoints() {
    return endpoints;
  }

  void start() {
    assert loop.inEventLoop();
    ask();
  }

  void close() {
    closed = true;
    if (timer != null) {
      timer.cancel(false);
    }
  }

  private void ask() {
    counters.increment(HealthCounter.NAME_LOOKUPS);
    String name = configured.address().getHostString();
    lookup.find(name, false, a -> lookup.find(name, true, aaaa -> answered(a, aaaa)));
  }

  private void answered(NameLookup.Answer four, NameLookup.Answer six) {
    if (closed) {
      return;
    }
    long ttlNanos = Math.min(ttlNanos(four), ttlNanos(six));
    boolean found = hasAddresses(four) || hasAddresses(six);
    if (found) {
      ipv4 = addresses(four, ipv4);
      ipv6 = addresses(six, ipv6);
      recovered();
      take();
      again(Math.clamp(ttlNanos, MIN_WAIT_NANOS, MAX_WAIT_NANOS));
    } else {
      failed(four instanceof NameLookup.Answer.Failed(String cause) ? cause : "no address");
      again(retryNanos);
      retryNanos = Math.min(2 * retryNanos, MAX_RETRY_NANOS);
    }
  }

  private static boolean hasAddresses(NameLookup.Answer answer) {
    return answer instanceof NameLookup.Answer.Found found && !found.addresses().isEmpty();
  }

  /** A family that nobody could tell keeps what it had. */
  private static List<InetAddress> addresses(NameLookup.Answer answer, List<InetAddress> last) {
    return switch (answer) {
      case NameLookup.Answer.Found found -> found.addresses();
      case NameLookup.Answer.Failed _ -> last;
    };
  }

  private static long ttlNanos(NameLookup.Answer answer) {
    return answer instanceof NameLookup.Answer.Found found && !found.addresses().isEmpty()
        ? found.ttlNanos()
        : MAX_WAIT_NANOS;
  }

  private void again(long waitNanos) {
    timer = loop.schedule(this::ask, waitNanos, NANOSECONDS);
  }

  private void failed(String cause) {
    counters.increment(HealthCounter.NAME_LOOKUPS_FAILED);
    if (!failing) {
      failing = true;
      log.atWarn()
          .addKeyValue("name", configured.address().getHostString())
          .addKeyValue("cause", cause)
          .addKeyValue("addresses", endpoints.size())
          .log("a backend's name cannot be resolved; its last addresses stand");
    }
  }

  private void recovered() {
    retryNanos = MIN_WAIT_NANOS;
    if (failing) {
      failing = false;
      log.atInfo()
          .addKeyValue("name", configured.address().getHostString())
          .log("a backend's name is resolved again");
    }
  }

  private void take() {
    var all = new ArrayList<>(ipv4);
    all.addAll(ipv6);
    List<Endpoint> news =
        all.stream()
            .distinct()
            .sorted(Comparator.comparing(InetAddress::getHostAddress))
            .limit(MAX_ADDRESSES)
            .map(this::endpoint)
            .toList();
    if (news.equals(endpoints)) {
      return;
    }
    endpoints = news;
    counters.increment(HealthCounter.NAME_CHANGES);
    log.atInfo()
        .addKeyValue("name", configured.address().getHostString())
        .addKeyValue("addresses", all)
        .log("a backend's name has other addresses");
    changed.run();
  }

  private Endpoint endpoint(InetAddress address) {
    return new Endpoint(
        configured.name() + "/" + address.getHostAddress(),
        new InetSocketAddress(address, configured.address().getPort()),
        configured.weight());
  }
}
