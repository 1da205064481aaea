package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.health.Verdict;
import io.gatehouse.transport.Transport;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * A running tier with one listener on 127.0.0.1 and one pool, which a test changes before it starts
 * it.
 */
final class TierFixture implements AutoCloseable {
  static final String POOL = "app";

  final FakeHealth health = new FakeHealth();
  final Recordings recordings = new Recordings();
  ListenerConfig.ProxyGate gate = ListenerConfig.ProxyGate.NONE;
  ListenerConfig.@Nullable Tls tls;
  Http2Config http2 = Http2Config.OFF;
  ListenerConfig.Timeouts clientTimeouts = ListenerConfig.Timeouts.DEFAULT;
  ListenerConfig.Limits limits = ListenerConfig.Limits.DEFAULT;
  RouteConfig.Timeouts routeTimeouts = RouteConfig.Timeouts.DEFAULT;
  PoolConfig.Connections connections = PoolConfig.Connections.DEFAULT;
  PoolConfig.Timeouts poolTimeouts = PoolConfig.Timeouts.DEFAULT;
  PoolConfig.Limits poolLimits = PoolConfig.Limits.DEFAULT;
  int maxAttempts = PoolConfig.DEFAULT_MAX_ATTEMPTS;
  PoolConfig.Balance balance = PoolConfig.Balance.ROUND_ROBIN;
  InetSocketAddress listen = new InetSocketAddress("127.0.0.1", 0);
  int loops = 1;
  String pathPrefix = "/";
  Set<Upgrade> upgrade = Set.of();
  PathPolicy paths = PathPolicy.DEFAULT;
  long bufferMemoryBytes;

  private final Transport.Choice choice;
  private final List<RawBackend> backends = new ArrayList<>();
  private @Nullable EventLoopGroup group;
  private @Nullable L7Tier tier;

  private TierFixture(Transport.Choice choice) {
    this.choice = choice;
  }

  static Stream<TierFixture> onEachTransport() {
    return Stream.of(Transport.Choice.IO_URING, Transport.Choice.EPOLL).map(TierFixture::new);
  }

  /** Adds an endpoint {@code b1}, {@code b2}… that runs this backend; closed with the fixture. */
  RawBackend backend(RawBackend backend) {
    backends.add(backend);
    endpoint("b" + backends.size(), backend.address(), Verdict.UP);
    return backend;
  }

  void endpoint(String name, InetSocketAddress address, Verdict verdict) {
    health.set(POOL, name, address, 1, verdict);
  }

  TierFixture start() {
    var transport = available();
    group = transport.eventLoops("l7-test", loops);
    tier = L7Tier.start(config(), transport, group, health, loop -> recordings);
    return this;
  }

  private Transport available() {
    try {
      return Transport.choose(choice);
    } catch (IllegalStateException e) {
      return Assumptions.abort(e.toString());
    }
  }

  L7Config config() {
    var listener =
        new ListenerConfig("web", List.of(listen), gate, tls, http2, paths, clientTimeouts, limits);
    var route =
        new RouteConfig("all", List.of(), List.of(), pathPrefix, POOL, upgrade, routeTimeouts);
    var pool = new PoolConfig(POOL, balance, maxAttempts, connections, poolTimeouts, poolLimits);
    return new L7Config(
        "l7-1", List.of(listener), List.of(route), List.of(pool), bufferMemoryBytes);
  }

  L7Tier tier() {
    return java.util.Objects.requireNonNull(tier);
  }

  InetSocketAddress address() {
    return tier().listening().values().iterator().next().getFirst();
  }

  RawClient connect() throws IOException {
    return RawClient.connect(address());
  }

  long count(L7Counter counter) {
    return tier().counters().sum(counter);
  }

  /** Waits until a counter has reached a value. */
  void awaitCount(L7Counter counter, long value) {
    await(counter + " = " + value, () -> count(counter) == value);
  }

  /** Waits until a condition holds, at most ten seconds. */
  static void await(String what, BooleanSupplier condition) {
    long deadlineNanos = System.nanoTime() + SECONDS.toNanos(10);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadlineNanos > 0) {
        throw new AssertionError("not within 10 s: " + what);
      }
      java.util.concurrent.locks.LockSupport.parkNanos(MILLISECONDS.toNanos(5));
    }
  }

  @Override
  public String toString() {
    return choice.name();
  }

  @Override
  public void close() throws IOException {
    if (tier != null) {
      tier.close();
    }
    for (RawBackend backend : backends) {
      backend.close();
    }
    if (group != null) {
      group.shutdownGracefully(0, 5, SECONDS).syncUninterruptibly();
    }
  }
}
