package io.gatehouse.appliance;

import io.gatehouse.appliance.admin.AdminServer;
import io.gatehouse.appliance.admin.AdminServer.Page;
import io.gatehouse.appliance.admin.Metrics;
import io.gatehouse.appliance.admin.Readiness;
import io.gatehouse.appliance.admin.RequestMetrics;
import io.gatehouse.appliance.admin.StatusPage;
import io.gatehouse.appliance.config.NodePlan;
import io.gatehouse.appliance.log.ConnectionLog;
import io.gatehouse.appliance.log.LineLog;
import io.gatehouse.appliance.log.LogLoop;
import io.gatehouse.appliance.log.RequestLog;
import io.gatehouse.health.HealthConfig;
import io.gatehouse.health.HealthMonitor;
import io.gatehouse.l4.L4Config;
import io.gatehouse.l4.L4Loops;
import io.gatehouse.l4.L4Tier;
import io.gatehouse.l7.L7Config;
import io.gatehouse.l7.L7Tier;
import io.gatehouse.l7.RejectedConnection;
import io.gatehouse.l7.RequestRecord;
import io.gatehouse.l7.RequestRecorder;
import io.gatehouse.linux.DescriptorStore;
import io.gatehouse.membership.Ring;
import io.gatehouse.proxyprotocol.ProxyHeader;
import io.gatehouse.proxyprotocol.ProxyHeaderEncoder;
import io.gatehouse.proxyprotocol.SignedOrigin;
import io.gatehouse.transport.Transport;
import io.micrometer.core.instrument.Tags;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One running node: the event loops, the ring, the health monitor, one tier or both, the access log
 * and the admin port, opened in that order and closed in the other. Opened and closed by one
 * thread; {@link #drain} may be called from any.
 */
final class Node implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Node.class);

  private final NodePlan plan;
  private final DescriptorStore store;
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final Ring ring;
  private final HealthMonitor health;
  private final @Nullable L4Tier l4;
  private final @Nullable L7Tier l7;
  private final NodeDrain drain;
  private final AdminServer admin;

  private Node(NodePlan plan, DescriptorStore store) throws IOException {
    this.plan = plan;
    this.store = store;
    try {
      Transport transport = Transport.choose(plan.transport());
      log.atInfo()
          .addKeyValue("transport", transport.name())
          .addKeyValue("why", transport.reason())
          .addKeyValue("loops", plan.eventLoops())
          .log("event loops start");
      EventLoopGroup loops = open(transport.eventLoops("loop", plan.eventLoops()), "loops");
      EventLoopGroup control = open(transport.eventLoops("control", 1), "control");
      Metrics metrics = open(new Metrics());
      L4Loops l4Loops = open(L4Loops.start(plan.l4().isPresent() ? plan.eventLoops() : 0));
      LineLog lineLog = open(LineLog.start(logLoops(loops, l4Loops), accessLog(plan)));
      metrics.bind(lineLog);
      ring = open(Ring.start(plan.ring(), transport, control.next()));
      metrics.bind(ring.counters());
      health = open(startHealth(transport, control));
      metrics.bind(health.counters());
      l7 = plan.l7().map(c -> openL7(c, transport, loops, metrics, lineLog)).orElse(null);
      l4 = plan.l4().map(c -> openL4(c, l4Loops, metrics, lineLog)).orElse(null);
      drain = newDrain();
      metrics.bind(
          "gatehouse_draining",
          "1 while the node takes no new work, because it was asked to.",
          Tags.empty(),
          drain,
          it -> it.isAnnounced() ? 1 : 0);
      metrics.bindDrift(plan.configurationHash(), ring);
      admin = open(AdminServer.start(plan.admin(), pages(transport, metrics), changes()));
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * Does ahead what a start does first and what leaves nothing behind, so that a later start in
   * this process is quicker.
   */
  static void prepare(NodePlan plan) throws IOException {
    Transport transport = Transport.choose(plan.transport());
    transport.eventLoops("rehearsal", 1).shutdownGracefully(0, 0, TimeUnit.SECONDS);
    L4Loops.start(plan.l4().isPresent() ? 1 : 0).close();
  }

  /**
   * Starts a node; it serves when this returns.
   *
   * @param store borrowed: where the L4 tier leaves what is to outlive this process, and finds what
   *     its predecessor left
   * @throws IOException if a file or the admin port cannot be opened
   * @throws RuntimeException if an address cannot be bound or a certificate cannot be used; the
   *     message says which and why, and whatever was open is closed
   */
  static Node start(NodePlan plan, DescriptorStore store) throws IOException {
    return new Node(plan, store);
  }

  InetSocketAddress adminAddress() {
    return admin.address();
  }

  private NodeDrain newDrain() {
    return new NodeDrain(
        plan.ring().tags(),
        ring,
        l4,
        l7,
        plan.longestDrain(),
        Clock.systemUTC(),
        System::nanoTime,
        CompletableFuture.delayedExecutor(
            NodeDrain.ANNOUNCEMENT.toMillis(), TimeUnit.MILLISECONDS));
  }

  /** Takes the node out of service for good; see {@link NodeDrain#finish}. */
  CompletableFuture<Void> drain() {
    return drain.finish();
  }

  /** Whether there is a store, without which {@link #handOver} leaves nothing to a successor. */
  boolean canHandOver() {
    return store.isAvailable();
  }

  /** Leaves the node's work to a successor; see {@link NodeDrain#handOver}. */
  CompletableFuture<Void> handOver() {
    return drain.handOver(l4 != null && servesWithoutOwnL7(l4));
  }

  /** Whether each L4 service has an endpoint that is not this node. */
  private boolean servesWithoutOwnL7(L4Tier tier) {
    return tier.status().services().stream()
        .allMatch(
            service ->
                service.endpoints().stream()
                    .anyMatch(e -> e.verdict().takesNewWork() && !e.name().equals(plan.node())));
  }

  @Override
  public void close() {
    while (!opened.isEmpty()) {
      try {
        opened.pop().close();
      } catch (Exception e) {
        log.atWarn().setCause(e).log("closing goes on after a failure");
      }
    }
  }

  /**
   * Probes of L7 nodes open with a header like those of the L4 tier: signed where there is a
   * secret.
   */
  private HealthMonitor startHealth(Transport transport, EventLoopGroup control) {
    var watched = new HealthConfig(plan.node(), plan.pools());
    SignedOrigin origin = plan.l4().map(L4Config::signedOrigin).orElse(null);
    if (origin == null) {
      return HealthMonitor.start(watched, ring, transport, control.next());
    }
    return HealthMonitor.start(
        watched,
        ring,
        transport,
        control.next(),
        () -> {
          var header = origin.sign(ProxyHeader.local(), System.currentTimeMillis());
          var bytes = ByteBuffer.allocate(ProxyHeaderEncoder.encodedLength(header));
          ProxyHeaderEncoder.encode(header, bytes);
          return bytes.array();
        });
  }

  private static List<LogLoop> logLoops(EventLoopGroup loops, L4Loops l4Loops) {
    return Stream.concat(
            Transport.loops(loops).stream().map(LogLoop::of),
            l4Loops.all().stream().map(LogLoop::of))
        .toList();
  }

  private L7Tier openL7(
      L7Config config,
      Transport transport,
      EventLoopGroup loops,
      Metrics metrics,
      LineLog lineLog) {
    var requests = new RequestMetrics(config, plan.eventLoops());
    metrics.bind(requests);
    IntFunction<RequestRecorder> recorders = requests::onLoop;
    if (!plan.accessLog().equals(NodePlan.NO_ACCESS_LOG)) {
      var requestLog = new RequestLog(plan.node(), lineLog);
      recorders = loop -> both(requests.onLoop(loop), requestLog);
    }
    L7Tier tier = open(L7Tier.start(config, transport, loops, health, recorders));
    metrics.bind(tier.counters());
    metrics.bind(tier.violations());
    metrics.bindCertificates(() -> tier.status().certificates());
    metrics.bind(
        "gatehouse_l7_buffer_memory_bytes",
        "What the buffers of the process take, in whole chunks of the allocator.",
        Tags.empty(),
        tier,
        running -> running.status().memory().usedBytes());
    metrics.bind(
        "gatehouse_l7_buffer_memory_limit_bytes",
        "From how much on new work is refused.",
        Tags.empty(),
        tier,
        running -> running.status().memory().limitBytes());
    return tier;
  }

  private L4Tier openL4(L4Config config, L4Loops loops, Metrics metrics, LineLog lineLog) {
    boolean logged = !plan.accessLog().equals(NodePlan.NO_ACCESS_LOG);
    var connections = new ConnectionLog(plan.node(), lineLog, Clock.systemUTC());
    L4Tier tier =
        open(L4Tier.start(config, loops, health, logged ? connections : connection -> {}, store));
    tier.counters()
        .forEach((service, counters) -> metrics.bind(counters, Tags.of("service", service)));
    metrics.bindInfo(
        "gatehouse_l4_data_plane",
        "Which data plane of the L4 tier runs.",
        "data_plane",
        tier.status().dataPlane());
    metrics.bind(
        "gatehouse_l4_source_port_use_ratio",
        "Greatest share of its local ports that a source address uses to one endpoint.",
        Tags.empty(),
        tier,
        running -> running.status().sourcePortUse());
    metrics.bindEndpoints(
        () -> tier.status().services().stream().flatMap(s -> s.endpointStats().stream()).toList());
    return tier;
  }

  private static RequestRecorder both(RequestRecorder first, RequestRecorder second) {
    return new RequestRecorder() {
      @Override
      public void record(RequestRecord request) {
        first.record(request);
        second.record(request);
      }

      @Override
      public void handshake(String listener, boolean resumed, long tookNanos) {
        first.handshake(listener, resumed, tookNanos);
        second.handshake(listener, resumed, tookNanos);
      }

      @Override
      public void rejected(RejectedConnection connection) {
        first.rejected(connection);
        second.rejected(connection);
      }
    };
  }

  private static OutputStream accessLog(NodePlan plan) throws IOException {
    return switch (plan.accessLog()) {
      case NodePlan.NO_ACCESS_LOG -> OutputStream.nullOutputStream();
      case NodePlan.STANDARD_OUTPUT -> new java.io.FileOutputStream(java.io.FileDescriptor.out);
      default -> new java.io.FileOutputStream(plan.accessLog(), true);
    };
  }

  private Map<String, Supplier<Page>> pages(Transport transport, Metrics metrics) {
    var status =
        new StatusPage(plan, transport, ring, health, l4, l7, this::readiness, drain::status);
    Map<String, Supplier<Page>> pages = new LinkedHashMap<>();
    pages.put("/metrics", metrics::page);
    pages.put("/healthz", () -> Page.text(200, "alive"));
    pages.put("/readyz", () -> readiness().page());
    pages.put("/status", status::page);
    pages.put("/drain", () -> drain.status().page());
    return pages;
  }

  private Map<String, Supplier<Page>> changes() {
    return Map.of("POST /drain", () -> drain.begin().page(), "DELETE /drain", this::undoDrain);
  }

  private Page undoDrain() {
    try {
      return drain.undo().page();
    } catch (IllegalStateException e) {
      return Page.text(409, String.valueOf(e.getMessage()));
    }
  }

  /** Ready: not draining, and each L4 service has an L7 node to forward to. */
  private Readiness readiness() {
    if (drain.isAnnounced()) {
      return Readiness.not("draining");
    }
    Optional<String> stranded =
        l4 == null
            ? Optional.empty()
            : l4.status().services().stream()
                .filter(s -> s.endpoints().stream().noneMatch(e -> e.verdict().takesNewWork()))
                .map(s -> s.name())
                .findFirst();
    return stranded
        .map(service -> Readiness.not("service " + service + " has no endpoint that takes work"))
        .orElse(Readiness.READY);
  }

  private <T extends AutoCloseable> T open(T part) {
    opened.push(part);
    return part;
  }

  private EventLoopGroup open(EventLoopGroup group, String name) {
    opened.push(
        () -> {
          if (!group.shutdownGracefully(0, 5, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS)) {
            log.atWarn().addKeyValue("group", name).log("event loops do not end");
          }
        });
    return group;
  }
}
