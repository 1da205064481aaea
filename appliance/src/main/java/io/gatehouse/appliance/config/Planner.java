package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.FrontDoor.Bind;
import io.gatehouse.appliance.config.FrontDoor.Listener;
import io.gatehouse.appliance.config.FrontDoor.Node;
import io.gatehouse.appliance.config.FrontDoor.Pool;
import io.gatehouse.appliance.config.FrontDoor.PoolTls;
import io.gatehouse.appliance.config.FrontDoor.Role;
import io.gatehouse.appliance.config.FrontDoor.Service;
import io.gatehouse.appliance.config.FrontDoor.Target;
import io.gatehouse.appliance.config.FrontDoor.Tls;
import io.gatehouse.health.Agreement;
import io.gatehouse.health.Endpoint;
import io.gatehouse.health.HealthCheck;
import io.gatehouse.health.PanicPolicy;
import io.gatehouse.health.PoolHealth;
import io.gatehouse.health.Probe;
import io.gatehouse.health.ProbeTls;
import io.gatehouse.l4.HeaderTlv;
import io.gatehouse.l4.L4Config;
import io.gatehouse.l4.ServiceConfig;
import io.gatehouse.l4.ServiceConfig.ProxyHeader;
import io.gatehouse.l4.SniRouting;
import io.gatehouse.l4.SniRouting.Unmatched;
import io.gatehouse.l7.L7Config;
import io.gatehouse.l7.ListenerConfig;
import io.gatehouse.l7.PoolConfig;
import io.gatehouse.membership.Limits;
import io.gatehouse.membership.Member;
import io.gatehouse.membership.RingConfig;
import io.gatehouse.membership.RingSecurity;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Cuts one node's part out of the front door. */
final class Planner {
  /**
   * Before the service's name in the health pool of the L7 nodes behind it; a listener that only an
   * SNI route leads to follows. A name in the file holds no slash, so such a pool never meets one
   * of backends.
   */
  private static final String L7_POOL_PREFIX = "l7/";

  /** Tag by which members of two rings can be told apart, in {@code serf members} too. */
  private static final String TAG_CLUSTER = "cluster";

  private static final InetAddress ANY_ADDRESS = new InetSocketAddress(0).getAddress();

  private final FrontDoor frontDoor;
  private final Node node;

  Planner(FrontDoor frontDoor, Node node) {
    this.frontDoor = frontDoor;
    this.node = node;
  }

  NodePlan plan() {
    boolean isL4 = node.roles().contains(Role.L4);
    boolean isL7 = node.roles().contains(Role.L7);
    List<PoolHealth> watched = new ArrayList<>();
    if (isL4) {
      frontDoor.services().forEach(service -> watched.addAll(l7Nodes(service)));
    }
    frontDoor.pools().stream()
        .filter(pool -> isL7 || (isL4 && isReachedByL4(pool)))
        .forEach(pool -> watched.add(backends(pool)));
    return new NodePlan(
        node.name(),
        frontDoor.hash(),
        isL4 ? Optional.of(l4()) : Optional.empty(),
        isL7 ? Optional.of(l7()) : Optional.empty(),
        watched,
        ring(),
        node.admin(),
        frontDoor.process().transport(),
        frontDoor.process().eventLoops().orElseGet(Runtime.getRuntime()::availableProcessors),
        frontDoor.process().accessLog());
  }

  private L4Config l4() {
    List<ServiceConfig> services = frontDoor.services().stream().map(this::service).toList();
    return new L4Config(
        node.name(),
        services,
        frontDoor.process().dataPlane(),
        sourceAddresses(node),
        frontDoor.process().maxConnections().orElseGet(() -> L4Config.sumOfCaps(services)),
        frontDoor.signedOrigin().orElse(null));
  }

  private ServiceConfig service(Service service) {
    List<SniRouting.Route> sni =
        service.sni().stream()
            .map(
                route ->
                    new SniRouting.Route(
                        route.names(),
                        healthPool(service, route.target()),
                        route.target().proxyProtocol(),
                        proxyTlvs(service, route.target())))
            .toList();
    // Without a target of its own it has routes, and what they do not take is closed.
    Target own = service.targets().findFirst().orElseThrow();
    return new ServiceConfig(
        service.name(),
        listen(service, node),
        healthPool(service, own),
        service.hash(),
        own.proxyProtocol(),
        service.tableSize(),
        service.timeouts(),
        service.limits(),
        service.slowStartNanos(),
        new SniRouting(sni, service.target().isPresent() ? Unmatched.DEFAULT : Unmatched.CLOSE),
        service.whenNodeRemoved(),
        proxyTlvs(service, own));
  }

  /** L7 nodes get signed headers where there is a secret; backends are none of the cluster's. */
  private Set<HeaderTlv> proxyTlvs(Service service, Target target) {
    Set<HeaderTlv> tlvs = new HashSet<>(service.proxyTlvs());
    if (target.kind() == Target.Kind.LISTENER && frontDoor.signedOrigin().isPresent()) {
      tlvs.add(HeaderTlv.SIGNED_ORIGIN);
    }
    return tlvs;
  }

  /** Name of a target in the health snapshot. */
  private static String healthPool(Service service, Target target) {
    return switch (target.kind()) {
      case POOL -> target.name();
      case LISTENER ->
          service.target().filter(own -> own.isListener(target.name())).isPresent()
              ? L7_POOL_PREFIX + service.name()
              : L7_POOL_PREFIX + service.name() + "/" + target.name();
    };
  }

  /** Where a service listens on a node. */
  static List<InetSocketAddress> listen(Service service, Node node) {
    return service.port().isPresent()
        ? List.of(new InetSocketAddress(node.address(), service.port().getAsInt()))
        : service.listen();
  }

  /**
   * From where a node connects to the L7 tier: by default its own address, because that is whom the
   * L7 nodes trust; the kernel's choice, where the tiers' address families differ.
   */
  private List<InetAddress> sourceAddresses(Node from) {
    if (!from.sourceAddresses().isEmpty()) {
      return from.sourceAddresses();
    }
    boolean oneFamily =
        frontDoor.nodes(Role.L7).stream()
            .allMatch(to -> to.address().getClass() == from.address().getClass());
    return oneFamily ? List.of(from.address()) : List.of();
  }

  private L7Config l7() {
    return new L7Config(
        node.name(),
        frontDoor.listeners().stream().map(this::listener).toList(),
        frontDoor.routes(),
        frontDoor.pools().stream()
            .map(
                pool -> pool.config().over(pool.protocol(), pool.tls().map(this::tls).orElse(null)))
            .toList(),
        frontDoor.process().bufferMemoryBytes().orElse(0));
  }

  private PoolConfig.Tls tls(PoolTls tls) {
    return new PoolConfig.Tls(
        tls.verify(),
        tls.serverName().orElse(null),
        tls.authorities().orElse(null),
        tls.certificate().map(this::certificate).orElse(null),
        tls.minVersion());
  }

  private ListenerConfig listener(Listener listener) {
    return new ListenerConfig(
        listener.name(),
        List.of(listen(listener, node)),
        gate(listener),
        listener.tls().map(this::tls).orElse(null),
        listener.http2(),
        listener.paths(),
        listener.timeouts(),
        listener.limits());
  }

  /** Where a listener listens on a node. */
  static InetSocketAddress listen(Listener listener, Node node) {
    return new InetSocketAddress(
        listener.bind() == Bind.ANY ? ANY_ADDRESS : node.address(), listener.port());
  }

  private ListenerConfig.ProxyGate gate(Listener listener) {
    var proxy = listener.proxyProtocol();
    if (!requiresProxy(frontDoor.services(), listener)) {
      return ListenerConfig.ProxyGate.NONE;
    }
    List<String> trusted = proxy.trusted().isEmpty() ? l4Networks() : proxy.trusted();
    return new ListenerConfig.ProxyGate(
        true,
        trusted,
        proxy.headerTimeoutNanos(),
        proxy.maxHeaderBytes(),
        proxy.requireSignedOrigin() ? frontDoor.signedOrigin().orElseThrow() : null);
  }

  /** Whether every connection to a listener opens with a PROXY header. */
  static boolean requiresProxy(List<Service> services, Listener listener) {
    return switch (listener.proxyProtocol().gate()) {
      case REQUIRED -> true;
      case OFF -> false;
      case AUTO ->
          services.stream()
              .flatMap(Service::targets)
              .anyMatch(
                  t -> t.isListener(listener.name()) && t.proxyProtocol() != ProxyHeader.NONE);
    };
  }

  /** The L4 nodes; probes come from an address of the kernel's choice, on loopback from any. */
  private List<String> l4Networks() {
    return frontDoor.nodes(Role.L4).stream()
        .flatMap(l4 -> Stream.concat(Stream.of(l4.address()), l4.sourceAddresses().stream()))
        .map(
            address ->
                address.isLoopbackAddress() && address.getAddress().length == 4
                    ? "127.0.0.0/8"
                    : address.getHostAddress())
        .distinct()
        .toList();
  }

  private ListenerConfig.Tls tls(Tls tls) {
    var settings = tls.settings();
    return new ListenerConfig.Tls(
        tls.certificates().stream().map(this::certificate).toList(),
        settings.profile(),
        settings.strictSni(),
        new ListenerConfig.Tickets(
            settings.tickets().issued(),
            frontDoor.ticketSecrets().orElse(null),
            settings.tickets().windowNanos()),
        settings.clientCertificates(),
        settings.handshakes(),
        settings.handshakeTimeoutNanos());
  }

  private ListenerConfig.Certificate certificate(String name) {
    return frontDoor.certificates().stream()
        .filter(certificate -> certificate.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private boolean isReachedByL4(Pool pool) {
    return frontDoor.services().stream()
        .flatMap(Service::targets)
        .anyMatch(t -> t.kind() == Target.Kind.POOL && t.name().equals(pool.name()));
  }

  /** The L7 nodes behind a service: once for each listener that it leads to. */
  private List<PoolHealth> l7Nodes(Service service) {
    return service
        .targets()
        .filter(target -> target.kind() == Target.Kind.LISTENER)
        .map(Target::name)
        .distinct()
        .map(listener -> l7Nodes(service, listener))
        .toList();
  }

  private PoolHealth l7Nodes(Service service, String listenerName) {
    Listener listener =
        frontDoor.listeners().stream()
            .filter(l -> l.name().equals(listenerName))
            .findFirst()
            .orElseThrow();
    List<Endpoint> endpoints =
        frontDoor.nodes(Role.L7).stream()
            .map(
                l7 ->
                    new Endpoint(
                        l7.name(),
                        new InetSocketAddress(l7.address(), listener.port()),
                        l7.weight()))
            .toList();
    boolean proxied = requiresProxy(frontDoor.services(), listener);
    Target target =
        service.targets().filter(t -> t.isListener(listenerName)).findFirst().orElseThrow();
    return new PoolHealth(
        healthPool(service, target),
        endpoints,
        service.check().map(p -> p.check().withProxyProtocol(proxied)).orElse(null),
        true,
        agreement(service.check(), frontDoor.nodes(Role.L4)),
        service.check().map(CheckPolicy::panic).orElse(PanicPolicy.DEFAULT),
        0);
  }

  private static Agreement agreement(Optional<CheckPolicy> policy, Collection<Node> watchers) {
    return policy
        .map(p -> p.among(watchers.stream().map(Node::name).collect(Collectors.toSet())))
        .orElse(Agreement.ALONE);
  }

  private PoolHealth backends(Pool pool) {
    List<Node> watchers =
        frontDoor.nodes().stream()
            .filter(
                n ->
                    n.roles().contains(Role.L7)
                        || (n.roles().contains(Role.L4) && isReachedByL4(pool)))
            .toList();
    return new PoolHealth(
        pool.name(),
        pool.endpoints(),
        pool.check().map(policy -> check(pool, policy)).orElse(null),
        false,
        agreement(pool.check(), watchers),
        pool.check().map(CheckPolicy::panic).orElse(PanicPolicy.DEFAULT),
        pool.check().map(CheckPolicy::serverErrorRun).orElse(PoolHealth.DEFAULT_SERVER_ERROR_RUN));
  }

  /** Where the file leaves it open, a probe speaks as requests do. */
  private HealthCheck check(Pool pool, CheckPolicy policy) {
    HealthCheck check = policy.check();
    return switch (check.probe()) {
      case Probe.Tcp _ -> check;
      case Probe.Tls(var own) -> check.withProbe(new Probe.Tls(trusting(pool, own)));
      case Probe.Http http ->
          check.withProbe(
              ProbeSections.with(
                  http, probeTls(pool, policy.tls(), http.tls()), version(pool, policy, http)));
      case Probe.Grpc grpc ->
          check.withProbe(
              new Probe.Grpc(
                  grpc.service(), grpc.authority(), probeTls(pool, policy.tls(), grpc.tls())));
    };
  }

  private static Probe.Version version(Pool pool, CheckPolicy policy, Probe.Http http) {
    if (policy.version() == CheckPolicy.VersionChoice.OWN) {
      return http.version();
    }
    return switch (pool.protocol()) {
      case H2, H2C -> Probe.Version.HTTP_2;
      case H1, AUTO -> Probe.Version.HTTP_1;
    };
  }

  private @Nullable ProbeTls probeTls(
      Pool pool, CheckPolicy.TlsChoice choice, @Nullable ProbeTls own) {
    return switch (choice) {
      case OFF -> null;
      case OWN -> own == null ? null : trusting(pool, own);
      case AS_THE_POOL ->
          pool.tls()
              .map(
                  tls ->
                      trusting(
                          pool,
                          new ProbeTls(tls.verify(), tls.serverName().orElse(null), null, null)))
              .orElse(null);
    };
  }

  /** With the authorities and the certificate of the pool, if it has them. */
  private ProbeTls trusting(Pool pool, ProbeTls tls) {
    return new ProbeTls(
        tls.verify(),
        tls.serverName(),
        pool.tls().flatMap(PoolTls::authorities).orElse(null),
        pool.tls()
            .flatMap(PoolTls::certificate)
            .map(this::certificate)
            .map(c -> new ProbeTls.Identity(c.chain(), c.key()))
            .orElse(null));
  }

  private RingConfig ring() {
    var cluster = frontDoor.cluster();
    List<InetSocketAddress> seeds =
        cluster.seeds().isEmpty()
            ? frontDoor.nodes().stream()
                .map(n -> new InetSocketAddress(n.address(), cluster.port()))
                .limit(RingConfig.MAX_SEEDS)
                .toList()
            : cluster.seeds();
    return new RingConfig(
        node.name(),
        new InetSocketAddress(ringAddress(), cluster.port()),
        seeds,
        tags(),
        cluster.timing(),
        Limits.DEFAULT,
        new RingSecurity(frontDoor.ringKeys(), cluster.gossip().label()),
        frontDoor.process().stateDirectory().or(Planner::systemdsStateDirectory));
  }

  /** A ring of one, without a key, need not listen where others could join it. */
  private InetAddress ringAddress() {
    if (!GossipKeys.keepsToItself(frontDoor) || node.address().isLoopbackAddress()) {
      return node.address();
    }
    return InetAddress.ofLiteral(node.address().getAddress().length == 4 ? "127.0.0.1" : "::1");
  }

  /** The first of the folders that systemd lists. */
  private static Optional<Path> systemdsStateDirectory() {
    return Optional.ofNullable(System.getenv("STATE_DIRECTORY"))
        .map(list -> list.split(":", 2)[0])
        .filter(folder -> !folder.isEmpty())
        .map(Path::of);
  }

  /** What the node says of itself; with the longest names, a version and a start, 250 bytes. */
  private Map<String, String> tags() {
    return Map.of(
        Member.TAG_ROLE,
        roleTag(),
        TAG_CLUSTER,
        frontDoor.cluster().name(),
        Member.TAG_CONFIGURATION,
        frontDoor.hash(),
        Member.TAG_VERSION,
        ProductVersion.text(),
        Member.TAG_BOOT,
        Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
  }

  private String roleTag() {
    return node.roles().stream().sorted().map(Scalars::dashed).collect(Collectors.joining(","));
  }
}
