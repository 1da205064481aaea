package io.gatehouse.appliance.config;

import io.gatehouse.health.Endpoint;
import io.gatehouse.l4.DataPlaneChoice;
import io.gatehouse.l4.HeaderTlv;
import io.gatehouse.l4.ServiceConfig;
import io.gatehouse.l7.BufferBound;
import io.gatehouse.l7.Http2Config;
import io.gatehouse.l7.ListenerConfig;
import io.gatehouse.l7.PathPolicy;
import io.gatehouse.l7.PoolConfig;
import io.gatehouse.l7.RouteConfig;
import io.gatehouse.l7.TicketSecrets;
import io.gatehouse.membership.RingKeys;
import io.gatehouse.membership.Timing;
import io.gatehouse.proxyprotocol.SignedOrigin;
import io.gatehouse.transport.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The whole front door as the file describes it. Every reference in it holds.
 *
 * @param hash of what the file says, without comments, layout and the order of keys: nodes with
 *     different hashes run different configurations
 * @param warnings what is doubtful, in the order of the file
 * @param signedOrigin made of the cluster's secret; empty if it has none
 * @param ticketSecrets of the same
 * @param ringKeys of the gossip ring
 */
public record FrontDoor(
    String hash,
    Cluster cluster,
    ProcessOptions process,
    List<Node> nodes,
    List<Service> services,
    List<Listener> listeners,
    List<ListenerConfig.Certificate> certificates,
    List<RouteConfig> routes,
    List<Pool> pools,
    List<Diagnostic> warnings,
    Optional<SignedOrigin> signedOrigin,
    Optional<TicketSecrets> ticketSecrets,
    RingKeys ringKeys) {

  public FrontDoor {
    nodes = List.copyOf(nodes);
    services = List.copyOf(services);
    listeners = List.copyOf(listeners);
    certificates = List.copyOf(certificates);
    routes = List.copyOf(routes);
    pools = List.copyOf(pools);
    warnings = List.copyOf(warnings);
  }

  /**
   * What one node of the front door does.
   *
   * @throws IllegalArgumentException if there is no such node; {@link FrontDoorFile#read(Path,
   *     String)} has told the operator before
   */
  public NodePlan planFor(String node) {
    return nodes.stream()
        .filter(n -> n.name().equals(node))
        .findFirst()
        .map(n -> new Planner(this, n).plan())
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "node: %s (expected: one of %s)"
                        .formatted(node, nodes.stream().map(Node::name).toList())));
  }

  /** What the buffers of an L7 node's connections can take, by listener. */
  public List<BufferBound> bufferBounds() {
    return nodes(Role.L7).stream()
        .findFirst()
        .flatMap(node -> planFor(node.name()).l7())
        .map(BufferBound::of)
        .orElse(List.of());
  }

  /** The nodes of one tier. */
  List<Node> nodes(Role role) {
    return nodes.stream().filter(n -> n.roles().contains(role)).toList();
  }

  /** A tier that a node belongs to. */
  public enum Role {
    L4,
    L7
  }

  /**
   * The gossip ring.
   *
   * @param port on each node's address, UDP and TCP
   * @param seeds through which the ring is joined; empty: every node of the file
   * @param secret files of the secrets, the one that signs first; empty: nothing is signed
   * @param maxClockSkewNanos how far the clocks of two nodes may differ
   */
  public record Cluster(
      String name,
      int port,
      List<InetSocketAddress> seeds,
      Timing timing,
      List<Path> secret,
      long maxClockSkewNanos,
      Gossip gossip) {
    public Cluster {
      seeds = List.copyOf(seeds);
      secret = List.copyOf(secret);
    }
  }

  /**
   * Who may be in the ring.
   *
   * @param keys file of keys; empty: made of the secrets, if there are any
   * @param unencrypted whether the file says so in so many words
   * @param label empty: none
   */
  public record Gossip(Optional<Path> keys, boolean unencrypted, String label) {}

  /**
   * How each node's process works.
   *
   * @param eventLoops empty: one per core
   * @param maxConnections of clients on one L4 node; empty: the sum over its services
   * @param bufferMemoryBytes of one L7 node; empty: half of what the JVM gives
   * @param accessLog a file, or one of {@link NodePlan}'s words
   * @param stateDirectory where nodes keep what is to outlive them; empty: what systemd gives
   */
  public record ProcessOptions(
      Transport.Choice transport,
      OptionalInt eventLoops,
      DataPlaneChoice dataPlane,
      OptionalInt maxConnections,
      OptionalLong bufferMemoryBytes,
      String accessLog,
      Optional<Path> stateDirectory) {}

  /**
   * One node.
   *
   * @param address where it is reached by the other nodes
   * @param weight share of new connections that the L4 tier gives it
   * @param sourceAddresses from which an L4 node connects to L7 nodes; empty: its own address
   */
  public record Node(
      String name,
      Set<Role> roles,
      InetAddress address,
      InetSocketAddress admin,
      int weight,
      List<InetAddress> sourceAddresses) {
    public Node {
      roles = Set.copyOf(roles);
      sourceAddresses = List.copyOf(sourceAddresses);
    }
  }

  /**
   * A virtual service of the L4 tier.
   *
   * @param port on every L4 node's own address; empty if {@code listen} says where
   * @param listen addresses that every L4 node listens on
   * @param target where it leads; empty: only where {@code sni} does
   * @param sni where else it leads, by the name that a TLS client asks for
   * @param check how L4 nodes probe L7 nodes; empty: they do not
   */
  public record Service(
      String name,
      OptionalInt port,
      List<InetSocketAddress> listen,
      Optional<Target> target,
      List<SniRoute> sni,
      ServiceConfig.HashKey hash,
      int tableSize,
      ServiceConfig.Timeouts timeouts,
      ServiceConfig.Limits limits,
      long slowStartNanos,
      ServiceConfig.WhenNodeRemoved whenNodeRemoved,
      Set<HeaderTlv> proxyTlvs,
      Optional<CheckPolicy> check) {
    public Service {
      listen = List.copyOf(listen);
      sni = List.copyOf(sni);
      proxyTlvs = Set.copyOf(proxyTlvs);
    }

    /** Everywhere it leads. */
    Stream<Target> targets() {
      return Stream.concat(target.stream(), sni.stream().map(SniRoute::target));
    }
  }

  /**
   * Where connections of the L4 tier go.
   *
   * @param kind what {@code name} names
   * @param proxyProtocol the header that is written before the first byte
   */
  public record Target(Kind kind, String name, ServiceConfig.ProxyHeader proxyProtocol) {
    /** What can be led to. */
    public enum Kind {
      /** A listener of the L7 tier, on every L7 node. */
      LISTENER,
      /** A pool of backends, passing by the L7 tier. */
      POOL
    }

    boolean isListener(String listener) {
      return kind == Kind.LISTENER && name.equals(listener);
    }
  }

  /**
   * A way out of a service for some server names.
   *
   * @param names in lower case; {@code *.example.com} stands for every name below
   */
  public record SniRoute(List<String> names, Target target) {
    public SniRoute {
      names = List.copyOf(names);
    }
  }

  /**
   * A listener of every L7 node.
   *
   * @param bind which of a node's addresses it listens on
   * @param tls empty: plain HTTP
   */
  public record Listener(
      String name,
      int port,
      Bind bind,
      ProxyProtocol proxyProtocol,
      Optional<Tls> tls,
      Http2Config http2,
      PathPolicy paths,
      ListenerConfig.Timeouts timeouts,
      ListenerConfig.Limits limits) {}

  /** Which addresses of a node a listener takes. */
  public enum Bind {
    /** The node's own. */
    NODE,
    /** All of them. */
    ANY
  }

  /**
   * The PROXY protocol gate of a listener.
   *
   * @param trusted empty: the L4 nodes of the file
   * @param requireSignedOrigin whether a header without the cluster's signature is refused
   */
  public record ProxyProtocol(
      Gate gate,
      List<String> trusted,
      long headerTimeoutNanos,
      int maxHeaderBytes,
      boolean requireSignedOrigin) {
    public ProxyProtocol {
      trusted = List.copyOf(trusted);
    }
  }

  /** Whether a PROXY header is expected. */
  public enum Gate {
    /** Required if a service leads here. */
    AUTO,
    REQUIRED,
    OFF
  }

  /**
   * TLS of a listener.
   *
   * @param certificates names; the first is the default
   * @param settings everything else: without certificates and secrets
   */
  public record Tls(List<String> certificates, ListenerConfig.Tls settings) {
    public Tls {
      certificates = List.copyOf(certificates);
    }
  }

  /**
   * TLS to the backends of a pool.
   *
   * @param serverName empty: the endpoint's own name or address
   * @param authorities empty: those that the JDK trusts
   * @param certificate name of the one that is shown; empty: none
   */
  public record PoolTls(
      boolean verify,
      Optional<String> serverName,
      Optional<Path> authorities,
      Optional<String> certificate,
      PoolConfig.TlsVersion minVersion) {}

  /**
   * A pool of backends.
   *
   * @param config without protocol and TLS, which names a certificate that stands elsewhere
   * @param tls empty: connections are in the clear
   * @param check empty: they are not probed
   */
  public record Pool(
      PoolConfig config,
      PoolConfig.Protocol protocol,
      Optional<PoolTls> tls,
      List<Endpoint> endpoints,
      Optional<CheckPolicy> check) {
    public Pool {
      endpoints = List.copyOf(endpoints);
    }

    public String name() {
      return config.name();
    }
  }
}
