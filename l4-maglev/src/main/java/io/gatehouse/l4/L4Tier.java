package io.gatehouse.l4;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.health.HealthMonitor;
import io.gatehouse.l4.L4Status.EndpointShare;
import io.gatehouse.transport.LoopCounters;
import io.gatehouse.transport.Transport;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
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

  private final L4Config config;
  private final Transport transport;
  private final SelectedDataPlane dataPlane;
  private final LoopCounters<L4Counter> counters;
  private final List<L4Loop> loops;
  private final SnapshotBuilder snapshots;
  private final SourceAddresses sources;
  private final List<VirtualService> services;
  private final Map<String, Listeners> listeners = new LinkedHashMap<>();
  private final CompletableFuture<Void> drained = new CompletableFuture<>();
  private boolean draining;

  private L4Tier(L4Config config, Transport transport, EventLoopGroup group, HealthMonitor health) {
    this.config = config;
    this.transport = transport;
    this.dataPlane = SelectedDataPlane.select(config.dataPlane());
    var eventLoops = Transport.loops(group);
    this.snapshots =
        new SnapshotBuilder(
            config.services(), health.snapshot(), eventLoops.size(), System::nanoTime);
    this.counters = new LoopCounters<>(L4Counter.class, eventLoops.size());
    this.loops = loops(config.node(), eventLoops, counters);
    this.sources =
        new SourceAddresses(
            config.sourceAddresses(), LocalPortRange.ofThisHost(), System.nanoTime());
    this.services = new ArrayList<>();
    var node = new NodeAdmission(config.maxConnections());
    for (ServiceConfig service : config.services()) {
      services.add(
          new VirtualService(service, services.size(), snapshots, node, System.nanoTime()));
    }
  }

  private static List<L4Loop> loops(
      String node, List<EventLoop> eventLoops, LoopCounters<L4Counter> counters) {
    long startedEpochMillis = System.currentTimeMillis();
    var loops = new ArrayList<L4Loop>();
    for (EventLoop eventLoop : eventLoops) {
      int i = loops.size();
      var ids = new UniqueIds(node, startedEpochMillis, i, eventLoops.size());
      loops.add(new L4Loop(i, eventLoop, counters.shard(i), ids, System::nanoTime));
    }
    return List.copyOf(loops);
  }

  /**
   * Starts the tier; it accepts connections when this returns.
   *
   * @param loops stay the caller's, to be shut down after the tier is closed
   * @param health its pools name the endpoints; told of failed connects
   * @param recorder told of every connection's end
   * @throws IllegalStateException if an address cannot be bound, or the data plane asked for is not
   *     to be had; the message says what to do
   * @throws IllegalArgumentException if a pool does not fit its service's table
   */
  public static L4Tier start(
      L4Config config,
      Transport transport,
      EventLoopGroup loops,
      HealthMonitor health,
      ConnectionRecorder recorder) {
    var tier = new L4Tier(config, transport, loops, health);
    try {
      health.onChange(tier.snapshots::offer);
      tier.listen(health, recorder);
      return tier;
    } catch (RuntimeException e) {
      tier.close();
      throw e;
    }
  }

  private void listen(HealthMonitor health, ConnectionRecorder recorder) {
    var headers = new HeaderWriter(config.signedOrigin());
    for (VirtualService service : services) {
      var workers = new ArrayList<ServiceWorker>();
      for (L4Loop loop : loops) {
        var connector = new Connector(transport.socketChannel(), service, loop, sources, headers);
        workers.add(
            new ServiceWorker(service, loop, connector, dataPlane.plane(), health, recorder));
      }
      var opened = Listeners.open(service.config(), transport, workers);
      listeners.put(service.config().name(), opened);
      log.atInfo()
          .addKeyValue("service", service.config().name())
          .addKeyValue("listen", opened.bound())
          .addKeyValue("transport", transport.name())
          .addKeyValue("dataPlane", dataPlane.name())
          .addKeyValue("dataPlaneReason", dataPlane.reason())
          .log("service listens");
    }
  }

  /** The bound addresses of every service. */
  public Map<String, List<InetSocketAddress>> listening() {
    var listening = new LinkedHashMap<String, List<InetSocketAddress>>();
    listeners.forEach((service, opened) -> listening.put(service, opened.bound()));
    return listening;
  }

  /** What has been counted. */
  public LoopCounters<L4Counter> counters() {
    return counters;
  }

  /** The tier at this moment. */
  public L4Status status() {
    var statuses = services.stream().map(this::status).toList();
    return new L4Status(
        config.node(),
        transport.name(),
        dataPlane.name(),
        dataPlane.reason(),
        isDraining(),
        sources.greatestUse(),
        statuses);
  }

  private L4Status.Service status(VirtualService service) {
    var serviceConfig = service.config();
    return new L4Status.Service(
        serviceConfig.name(),
        listeners.get(serviceConfig.name()) instanceof Listeners opened
            ? opened.bound()
            : List.of(),
        serviceConfig.pool(),
        serviceConfig.tableSize(),
        snapshots.current().healthGeneration(),
        service.active(),
        serviceConfig.limits().maxConnections(),
        service.tables().stream().flatMap(table -> shares(table).stream()).toList(),
        service.endpointStats());
  }

  private static List<EndpointShare> shares(ServiceTable table) {
    int[] counts = table.maglev().counts();
    var shares = new ArrayList<EndpointShare>();
    for (var health : table.endpoints()) {
      int entries = counts[shares.size()];
      shares.add(
          new EndpointShare(
              table.stats().pool(),
              health.endpoint().name(),
              health.endpoint().address(),
              health.endpoint().weight(),
              health.verdict(),
              health.cause(),
              health.since(),
              entries == 0 ? 0 : (double) entries / table.maglev().size(),
              table.share(shares.size())));
    }
    return List.copyOf(shares);
  }

  /**
   * Stops accepting and lets the open connections go on, each for at most its service's {@code
   * drainNanos}. A second call returns the same stage.
   *
   * @return completes when no connection is left
   */
  public synchronized CompletionStage<Void> drain() {
    if (!draining) {
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
      loop.eventLoop().execute(loop::close);
      for (VirtualService service : services) {
        loop.eventLoop()
            .schedule(
                () -> loop.abort(service::serves, FlowEnd.DRAIN_DEADLINE),
                service.config().timeouts().drainNanos(),
                NANOSECONDS);
      }
    }
  }

  private synchronized boolean isDraining() {
    return draining;
  }

  /** Stops accepting and closes every connection at once. The loops must still be running. */
  @Override
  public void close() {
    drain();
    closeListeners()
        .thenRun(
            () ->
                loops.forEach(
                    loop ->
                        loop.eventLoop().execute(() -> loop.abort(any -> true, FlowEnd.SHUTDOWN))));
    try {
      drained.get(CLOSE_TIMEOUT_SECONDS, SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (TimeoutException | ExecutionException e) {
      log.atWarn()
          .addKeyValue("connections", counters.sum(L4Counter.CONNECTIONS_ACTIVE))
          .log("closed, but connections are left");
    }
    snapshots.close();
  }

  /** Bytes of all connections that wait in this process; asks every loop. */
  long waitingBytes() {
    return loops.stream()
        .mapToLong(
            loop -> loop.eventLoop().submit(loop::waitingBytes).syncUninterruptibly().getNow())
        .sum();
  }
}
