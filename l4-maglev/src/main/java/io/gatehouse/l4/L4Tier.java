package io.gatehouse.l4;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.health.HealthMonitor;
import io.gatehouse.l4.ServiceConfig.WhenNodeRemoved;
import io.gatehouse.l4.plane.FlowEnd;
import io.gatehouse.l4.plane.Flows;
import io.gatehouse.l4.plane.Kept;
import io.gatehouse.l4.plane.SocketLoop;
import io.gatehouse.linux.DescriptorStore;
import io.gatehouse.transport.LoopCounters;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tier 1: accepts connections, chooses an L7 node by Maglev hashing, connects to it, writes the
 * PROXY header, and hands the pair of sockets to a data plane.
 *
 * <p>Every connection lives on the event loop that accepted it. The loops share, per service, one
 * snapshot that they read and one number of connections. The methods here may be called from any
 * thread that is not one of the loops.
 */
public final class L4Tier implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(L4Tier.class);
  private static final long CLOSE_TIMEOUT_SECONDS = 5;
  private static final long SETTLE_TIMEOUT_SECONDS = 2;

  /** 512 bytes of memory that the kernel cannot swap are set aside for each. */
  private static final int MAX_FLOWS_PER_LOOP = 1 << 18;

  private final L4Config config;
  private final SelectedDataPlane dataPlane;
  private final DescriptorStore store;
  private final SnapshotBuilder snapshots;
  private final SourceAddresses sources;
  private final List<VirtualService> services = new ArrayList<>();
  private final List<L4Loop> loops = new ArrayList<>();
  private final Map<String, Listeners> listeners = new LinkedHashMap<>();
  private final CompletableFuture<Void> drained = new CompletableFuture<>();
  private boolean draining;
  private boolean handedOver;
  private @Nullable AtomicBoolean windingDown;

  private L4Tier(L4Config config, int loops, HealthMonitor health, DescriptorStore store) {
    this.config = config;
    this.dataPlane = SelectedDataPlane.select(config.dataPlane());
    this.store = store;
    this.snapshots =
        new SnapshotBuilder(config.services(), health.snapshot(), loops, System::nanoTime);
    this.sources =
        new SourceAddresses(
            config.sourceAddresses(), LocalPortRange.ofThisHost(), System.nanoTime());
    var node = new NodeAdmission(config.maxConnections());
    for (ServiceConfig service : config.services()) {
      services.add(
          new VirtualService(service, services.size(), snapshots, node, loops, System.nanoTime()));
    }
  }

  /**
   * Starts the tier; it accepts connections when this returns, and goes on with those that a
   * predecessor left.
   *
   * @param loops stay the caller's, to be closed after the tier
   * @param health its pools name the endpoints; told of failed connects
   * @param recorder told of every connection's end
   * @param store has what a predecessor left, and keeps what a successor needs
   * @throws IllegalStateException if an address cannot be bound, to listen or to connect from, or
   *     the data plane asked for is not to be had; the message says what to do
   * @throws IllegalArgumentException if a pool does not fit its service's table
   */
  public static L4Tier start(
      L4Config config,
      L4Loops loops,
      HealthMonitor health,
      ConnectionRecorder recorder,
      DescriptorStore store) {
    SourceAddresses.requireOnThisHost(config.sourceAddresses());
    var tier = new L4Tier(config, loops.sockets().size(), health, store);
    try (var kept = Kept.take(store)) {
      tier.open(loops.sockets());
      tier.snapshots.onPublished(tier::leaveLostEndpoints);
      health.onChange(tier.snapshots::offer);
      tier.serve(kept, health, recorder);
      kept.unwantedListeners().forEach(id -> Kept.forgetListener(store, id));
      kept.forgetUnknown();
      return tier;
    } catch (RuntimeException e) {
      tier.close();
      throw e;
    }
  }

  private void open(List<SocketLoop> sockets) {
    long startedEpochMillis = System.currentTimeMillis();
    int capacity = Math.min(config.maxConnections(), MAX_FLOWS_PER_LOOP);
    for (SocketLoop loop : sockets) {
      int i = loops.size();
      var planeName = Long.toString(startedEpochMillis, Character.MAX_RADIX) + '-' + i;
      var flows =
          onLoop(
              loop,
              () -> Flows.open(loop, capacity, dataPlane.isKernel(), store.copy(), planeName));
      var ids = new UniqueIds(config.node(), startedEpochMillis, i, sockets.size());
      loops.add(new L4Loop(i, loop, flows, ids));
    }
  }

  private static <T> T onLoop(SocketLoop loop, Callable<T> task) {
    var result = new CompletableFuture<T>();
    loop.execute(
        () -> {
          try {
            result.complete(task.call());
          } catch (Exception e) {
            result.completeExceptionally(e);
          }
        });
    try {
      return result.join();
    } catch (CompletionException e) {
      throw new IllegalStateException(
          "the data plane cannot be opened: %s".formatted(e.getCause()), e);
    }
  }

  private void serve(Kept kept, HealthMonitor health, ConnectionRecorder recorder) {
    var workers = new ArrayList<List<ServiceWorker>>();
    for (VirtualService service : services) {
      workers.add(workers(service, health, recorder));
    }
    new Succession(config.node(), loops, workers).adopt(kept);
    for (int i = 0; i < services.size(); i++) {
      var service = services.get(i).config();
      var opened = Listeners.open(service, workers.get(i), kept, store);
      listeners.put(service.name(), opened);
      log.atInfo()
          .addKeyValue("service", service.name())
          .addKeyValue("listen", opened.bound())
          .addKeyValue("dataPlane", dataPlane.name())
          .addKeyValue("dataPlaneReason", dataPlane.reason())
          .log("service listens");
    }
  }

  private List<ServiceWorker> workers(
      VirtualService service, HealthMonitor health, ConnectionRecorder recorder) {
    var headers = new HeaderWriter(config.signedOrigin());
    var workers = new ArrayList<ServiceWorker>();
    for (L4Loop loop : loops) {
      var connector = new Connector(service, loop, sources);
      workers.add(new ServiceWorker(service, loop, connector, headers, health, recorder));
    }
    return List.copyOf(workers);
  }

  /** The bound addresses of every service. */
  public Map<String, List<InetSocketAddress>> listening() {
    var listening = new LinkedHashMap<String, List<InetSocketAddress>>();
    listeners.forEach((service, opened) -> listening.put(service, opened.bound()));
    return listening;
  }

  /** What has been counted, by the name of the service. */
  public Map<String, LoopCounters<L4Counter>> counters() {
    var counters = new LinkedHashMap<String, LoopCounters<L4Counter>>();
    services.forEach(service -> counters.put(service.config().name(), service.counters()));
    return counters;
  }

  /** The tier at this moment. */
  public L4Status status() {
    var statuses = services.stream().map(this::status).toList();
    return new L4Status(
        config.node(),
        dataPlane.name(),
        dataPlane.reason(),
        isDraining(),
        sources.greatestUse(),
        statuses);
  }

  private L4Status.Service status(VirtualService service) {
    var opened = listeners.get(service.config().name());
    return L4Status.Service.of(service, opened == null ? List.of() : opened.bound());
  }

  private long connectionsActive() {
    return services.stream()
        .mapToLong(service -> service.counters().sum(L4Counter.CONNECTIONS_ACTIVE))
        .sum();
  }

  /**
   * Has the connections that are open go as {@link #drain} does, but goes on listening: whoever
   * still comes is served. May be undone by {@link #resume}. Calling it again changes nothing.
   */
  public synchronized void windDown() {
    if (draining || windingDown != null) {
      return;
    }
    var wanted = new AtomicBoolean(true);
    windingDown = wanted;
    for (L4Loop loop : loops) {
      loop.sockets().execute(() -> windDown(loop, wanted));
    }
  }

  private void windDown(L4Loop loop, AtomicBoolean wanted) {
    var open = Set.copyOf(loop.connections(any -> true));
    drain(loop, connection -> wanted.get() && open.contains(connection));
  }

  /** Undoes {@link #windDown}: connections that are left may stay. Without one does nothing. */
  public synchronized void resume() {
    if (windingDown != null) {
      windingDown.set(false);
      windingDown = null;
    }
  }

  /**
   * Stops accepting and lets the open connections go on, each for at most its service's {@code
   * drainNanos}. A second call returns the same stage.
   *
   * @return completes when no connection is left
   */
  public synchronized CompletionStage<Void> drain() {
    if (!draining) {
      resume(); // what is left has its time from now on
      draining = true;
      log.info("draining");
      closeListeners().thenRun(this::endAllInTime);
      CompletableFuture.allOf(
              loops.stream().map(L4Loop::emptied).toArray(CompletableFuture<?>[]::new))
          .thenRun(() -> drained.complete(null));
    }
    return drained.minimalCompletionStage();
  }

  private CompletableFuture<Void> closeListeners() {
    return CompletableFuture.allOf(
        listeners.values().stream().map(Listeners::close).toArray(CompletableFuture<?>[]::new));
  }

  private void endAllInTime() {
    for (L4Loop loop : loops) {
      loop.sockets().execute(() -> endAllInTime(loop));
    }
  }

  private void endAllInTime(L4Loop loop) {
    loop.close();
    drain(loop, any -> true);
  }

  private void drain(L4Loop loop, Predicate<Connection> which) {
    long nowNanos = loop.nowNanos();
    for (VirtualService service : services) {
      var schedule = new DrainSchedule(nowNanos, service.config().timeouts().drainNanos());
      loop.drain(which.and(service::serves), schedule);
    }
  }

  /** Where that is configured, connections leave an endpoint that is gone or down. */
  private void leaveLostEndpoints() {
    if (config.services().stream().anyMatch(s -> s.whenNodeRemoved() == WhenNodeRemoved.CLOSE)) {
      for (L4Loop loop : loops) {
        loop.sockets()
            .execute(() -> loop.connections(any -> true).forEach(Connection::leaveLostEndpoint));
      }
    }
  }

  private synchronized boolean isDraining() {
    return draining || windingDown != null;
  }

  private synchronized boolean isHandedOver() {
    return handedOver;
  }

  /**
   * Leaves everything to a successor that is about to start: stops accepting, but has the listeners
   * kept, in which connections go on queueing; waits, for at most {@value #SETTLE_TIMEOUT_SECONDS}
   * seconds, until what is being set up has been; and has every established connection kept. The
   * process is to end right afterwards, without closing the tier.
   *
   * @return completes with how many connections a successor will not find
   */
  public CompletionStage<Integer> handOver() {
    synchronized (this) {
      resume(); // a successor has them all
      draining = true;
      handedOver = true;
    }
    log.info("handing over");
    return CompletableFuture.allOf(
            listeners.values().stream().map(Listeners::leave).toArray(CompletableFuture<?>[]::new))
        .thenCompose(left -> settleAll(loop -> {}));
  }

  /**
   * @param then for each loop, on it and in the turn in which it has settled
   */
  private CompletableFuture<Integer> settleAll(Consumer<L4Loop> then) {
    long deadlineNanos = System.nanoTime() + SECONDS.toNanos(SETTLE_TIMEOUT_SECONDS);
    var all = CompletableFuture.completedFuture(0);
    for (L4Loop loop : loops) {
      var settled = new CompletableFuture<Integer>();
      var done = settled.whenComplete((notKept, failure) -> then.accept(loop));
      loop.sockets().execute(() -> loop.settle(deadlineNanos, settled));
      all = all.thenCombine(done, Integer::sum);
    }
    return all;
  }

  /**
   * Stops accepting and closes every connection at once; after {@link #handOver} closes none. The
   * loops must still be running.
   */
  @Override
  public void close() {
    if (isHandedOver()) {
      snapshots.close();
      leave();
      return;
    }
    drain();
    closeListeners()
        .thenRun(
            () ->
                loops.forEach(
                    loop ->
                        loop.sockets().execute(() -> loop.abort(any -> true, FlowEnd.SHUTDOWN))));
    try {
      drained.get(CLOSE_TIMEOUT_SECONDS, SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (TimeoutException | ExecutionException e) {
      log.atWarn()
          .addKeyValue("connections", connectionsActive())
          .log("closed, but connections are left");
    }
    for (L4Loop loop : loops) {
      loop.sockets().execute(loop.flows()::close);
    }
    snapshots.close();
  }

  /**
   * The loops have moved bytes since the hand-over. What has ended is forgotten; then they rest, so
   * that no connection ends of which the log, which is closed next, could not tell.
   */
  private void leave() {
    try {
      settleAll(loop -> loop.sockets().rest()).get(CLOSE_TIMEOUT_SECONDS, SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (TimeoutException | ExecutionException e) {
      log.atWarn().setCause(e).log("left, but a loop has not let go of its connections");
    }
  }
}
