package io.gatehouse.l4;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatehouse.l4.ServiceConfig.HashKey;
import io.gatehouse.l4.ServiceConfig.Limits;
import io.gatehouse.l4.ServiceConfig.ProxyHeader;
import io.gatehouse.l4.ServiceConfig.Timeouts;
import io.gatehouse.l4.ServiceConfig.WhenNodeRemoved;
import io.gatehouse.l4.plane.KernelSupport;
import io.gatehouse.linux.DescriptorStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A tier with one service on loopback, and what it recorded. */
final class RunningTier implements AutoCloseable {
  static final long WAIT_SECONDS = 20;

  private static final int LOOPS = 2;
  private static final KernelSupport KERNEL = KernelSupport.probe();

  private final L4Loops loops;
  private final L4Tier tier;
  private final BlockingQueue<ConnectionRecord> records = new LinkedBlockingQueue<>();

  private RunningTier(L4Config config, FakeHealth health, DescriptorStore store) {
    try {
      loops = L4Loops.start(LOOPS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try {
      tier = L4Tier.start(config, loops, health, records::add, store);
    } catch (RuntimeException e) {
      loops.close();
      throw e;
    }
  }

  static Builder with(DataPlaneChoice plane, FakeHealth health) {
    return new Builder(plane, health);
  }

  /** Skips the test where the kernel does not offer its data plane. */
  static DataPlaneChoice orSkip(DataPlaneChoice plane) {
    if (plane == DataPlaneChoice.KERNEL) {
      assumeTrue(KERNEL.offered(), () -> "no kernel data plane: " + KERNEL.reason());
    }
    return plane;
  }

  L4Tier tier() {
    return tier;
  }

  InetSocketAddress address() {
    return tier.status().services().getFirst().listen().getFirst();
  }

  Socket connect() throws IOException {
    return connect(address().getAddress());
  }

  /** Connects from an address, with a deadline on every read. */
  Socket connect(InetAddress source) throws IOException {
    var socket = new Socket();
    socket.bind(new InetSocketAddress(source, 0));
    socket.setSoTimeout((int) SECONDS.toMillis(WAIT_SECONDS));
    socket.connect(address(), (int) SECONDS.toMillis(WAIT_SECONDS));
    return socket;
  }

  /** The next connection's record. */
  ConnectionRecord nextRecord() throws InterruptedException {
    var next = records.poll(WAIT_SECONDS, SECONDS);
    assertThat(next).as("a record").isNotNull();
    return next;
  }

  BlockingQueue<ConnectionRecord> records() {
    return records;
  }

  long count(L4Counter counter) {
    return tier.counters().values().stream().mapToLong(service -> service.sum(counter)).sum();
  }

  /** Waits until the health of a generation counts. */
  void awaitGeneration(long generation) {
    await(
        "health generation " + generation,
        () -> tier.status().services().getFirst().healthGeneration() >= generation);
  }

  static void await(String what, BooleanSupplier condition) {
    long deadlineNanos = System.nanoTime() + SECONDS.toNanos(WAIT_SECONDS);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - deadlineNanos).as("waiting for %s", what).isNegative();
      LockSupport.parkNanos(MILLISECONDS.toNanos(5));
    }
  }

  /** Every test leaves no connection behind. */
  @Override
  public void close() {
    try {
      await(
          "no active connection, by the counter and by the cap",
          () ->
              count(L4Counter.CONNECTIONS_ACTIVE) == 0
                  && tier.status().services().getFirst().activeConnections() == 0);
    } finally {
      tier.close();
      loops.close();
    }
  }

  /** The service's settings, defaults unless set. */
  static final class Builder {
    private final FakeHealth health;
    private InetAddress listen = InetAddress.ofLiteral("127.0.0.1");
    private int port;
    private HashKey hash = HashKey.FIVE_TUPLE;
    private ProxyHeader header = ProxyHeader.V2;
    private Timeouts timeouts = Timeouts.DEFAULT;
    private Limits limits = Limits.DEFAULT;
    private DescriptorStore store = DescriptorStore.none();
    private final DataPlaneChoice dataPlane;
    private List<InetAddress> sources = List.of();
    private SniRouting sni = SniRouting.NONE;
    private WhenNodeRemoved whenNodeRemoved = WhenNodeRemoved.LEAVE;
    private int nodeCap = Integer.MAX_VALUE;

    private Builder(DataPlaneChoice plane, FakeHealth health) {
      this.dataPlane = plane;
      this.health = health;
    }

    Builder listen(InetAddress address, int port) {
      this.listen = address;
      this.port = port;
      return this;
    }

    Builder hash(HashKey hash) {
      this.hash = hash;
      return this;
    }

    Builder header(ProxyHeader header) {
      this.header = header;
      return this;
    }

    Builder timeouts(Timeouts timeouts) {
      this.timeouts = timeouts;
      return this;
    }

    Builder limits(Limits limits) {
      this.limits = limits;
      return this;
    }

    Builder store(DescriptorStore store) {
      this.store = store;
      return this;
    }

    Builder sources(InetAddress... sources) {
      this.sources = List.of(sources);
      return this;
    }

    Builder sni(SniRouting sni) {
      this.sni = sni;
      return this;
    }

    Builder whenNodeRemoved(WhenNodeRemoved what) {
      this.whenNodeRemoved = what;
      return this;
    }

    /** Connections over all services. */
    Builder nodeCap(int connections) {
      this.nodeCap = connections;
      return this;
    }

    RunningTier start() {
      var service =
          new ServiceConfig(
              "web",
              List.of(new InetSocketAddress(listen, port)),
              FakeHealth.POOL,
              hash,
              header,
              1009,
              timeouts,
              limits,
              0,
              sni,
              whenNodeRemoved,
              HeaderTlv.DEFAULT);
      int cap = Math.min(nodeCap, limits.maxConnections());
      var config = new L4Config("l4-a", List.of(service), dataPlane, sources, cap);
      return new RunningTier(config, health, store);
    }
  }
}
