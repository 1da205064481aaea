package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.FrontDoor.Listener;
import io.gatehouse.appliance.config.FrontDoor.Node;
import io.gatehouse.appliance.config.FrontDoor.Pool;
import io.gatehouse.appliance.config.FrontDoor.PoolTls;
import io.gatehouse.appliance.config.FrontDoor.Role;
import io.gatehouse.appliance.config.FrontDoor.Service;
import io.gatehouse.appliance.config.FrontDoor.SniRoute;
import io.gatehouse.appliance.config.FrontDoor.Target;
import io.gatehouse.appliance.config.FrontDoor.Tls;
import io.gatehouse.appliance.config.YamlNode.Position;
import io.gatehouse.health.Endpoint;
import io.gatehouse.health.Probe;
import io.gatehouse.l4.ServiceConfig.ProxyHeader;
import io.gatehouse.l7.ListenerConfig.Certificate;
import io.gatehouse.l7.RouteConfig;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What no single key can tell: references, duplicates, and parts that do not fit each other. */
final class CrossChecks {
  private final FrontDoor frontDoor;
  private final DeclaredNames declared;
  private final Findings findings;
  private final Origins origins;

  CrossChecks(FrontDoor frontDoor, DeclaredNames declared, Findings findings, Origins origins) {
    this.frontDoor = frontDoor;
    this.declared = declared;
    this.findings = findings;
    this.origins = origins;
  }

  void run() {
    frontDoor.services().forEach(this::service);
    frontDoor.listeners().forEach(this::listener);
    frontDoor.pools().forEach(this::pool);
    frontDoor.routes().forEach(this::route);
    new RouteMatches(findings, origins).check(frontDoor.routes());
    new ListenAddresses(frontDoor, findings, origins).check();
    nodeAddresses();
    if (!findings.hasErrors()) { // else what seems unused may be used where it did not bind
      unused();
      idle();
    }
  }

  private void service(Service service) {
    service.target().ifPresent(target -> target(service, service, target));
    Set<String> names = new HashSet<>();
    for (SniRoute route : service.sni()) {
      target(service, route, route.target());
      for (String name : route.names()) {
        if (!names.add(name)) {
          findings.error(
              origins.of(route, SniRouteSection.NAMES.name(), name),
              "duplicate-item",
              "service '%s' routes '%s' twice".formatted(service.name(), name),
              "the first route alone would get its connections");
        }
      }
    }
  }

  /**
   * @param holder the object in which the target stands
   */
  private void target(Service service, Object holder, Target target) {
    if (target.kind() == Target.Kind.POOL) {
      refer(holder, TargetKeys.TO_POOL.name(), target.name(), "pool", FrontDoorSection.POOLS);
      frontDoor.pools().stream()
          .filter(pool -> pool.name().equals(target.name()))
          .filter(pool -> pool.endpoints().stream().anyMatch(Endpoint::isNamed))
          .forEach(pool -> namesBeforeL4(holder, pool));
      return;
    }
    refer(holder, TargetKeys.TO.name(), target.name(), "listener", FrontDoorSection.LISTENERS);
    if (frontDoor.nodes(Role.L7).isEmpty() && !frontDoor.nodes().isEmpty()) {
      findings.error(
          origins.of(holder, TargetKeys.TO.name()),
          "no-l7-node",
          "no node has the role l7, so '%s' leads nowhere".formatted(service.name()),
          "add a node with 'role: l7'");
    }
    frontDoor.listeners().stream()
        .filter(listener -> listener.name().equals(target.name()))
        .forEach(listener -> fit(service, holder, target, listener));
  }

  private void namesBeforeL4(Object holder, Pool pool) {
    findings.error(
        origins.of(holder, TargetKeys.TO_POOL.name()),
        "names-unsupported",
        "the L4 tier does not resolve names, and pool '%s' has some".formatted(pool.name()),
        "write the addresses of its endpoints");
  }

  private void fit(Service service, Object holder, Target target, Listener listener) {
    boolean sends = target.proxyProtocol() != ProxyHeader.NONE;
    boolean expects = Planner.requiresProxy(frontDoor.services(), listener);
    if (sends != expects) {
      findings.error(
          origins.of(holder, TargetKeys.PROXY_PROTOCOL.name()),
          "proxy-protocol-mismatch",
          sends
              ? "'%s' sends a PROXY header, which listener '%s' does not take"
                  .formatted(service.name(), listener.name())
              : "'%s' sends no PROXY header, which listener '%s' requires"
                  .formatted(service.name(), listener.name()),
          "services and connections without the header need a listener of their own");
    }
    if (sends
        && target.proxyProtocol() == ProxyHeader.V1
        && listener.proxyProtocol().requireSignedOrigin()) {
      findings.error(
          origins.of(holder, TargetKeys.PROXY_PROTOCOL.name()),
          "proxy-protocol-mismatch",
          "'%s' sends headers of version 1, which cannot be signed, and listener '%s' requires it"
              .formatted(service.name(), listener.name()),
          "leave out 'proxyProtocol': version 2 is the default");
    }
    boolean httpProbe =
        service.check().filter(policy -> speaksInTheClear(policy.check().probe())).isPresent();
    if (httpProbe && listener.tls().isPresent()) {
      findings.error(
          origins.of(service, "healthCheck"),
          "probe-mismatch",
          "an HTTP probe cannot speak to listener '%s', which takes TLS".formatted(listener.name()),
          "add 'tls: { serverName: … }', or leave out 'http': the TCP probe asks the process behind"
              + " the port, not only its kernel");
    }
  }

  private static boolean speaksInTheClear(Probe probe) {
    return switch (probe) {
      case Probe.Http http -> http.tls() == null;
      case Probe.Grpc grpc -> grpc.tls() == null;
      case Probe.Tcp _, Probe.Tls _ -> false;
    };
  }

  private void listener(Listener listener) {
    if (listener.proxyProtocol().requireSignedOrigin() && frontDoor.cluster().secret().isEmpty()) {
      findings.error(
          origins.of(listener, "proxyProtocol"),
          "missing-secret",
          "listener '%s' requires signed headers, but the cluster has no secret"
              .formatted(listener.name()),
          "add 'cluster: { secret: cluster.key }', made with: openssl rand -base64 32");
    }
    listener.tls().ifPresent(this::tls);
  }

  private void tls(Tls tls) {
    Set<String> seen = new HashSet<>();
    for (String name : tls.certificates()) {
      refer(tls, "certificates", name, "certificate", FrontDoorSection.CERTIFICATES);
      if (!seen.add(name)) {
        findings.error(
            origins.of(tls, "certificates", name),
            "duplicate-item",
            "certificate '%s' is named twice".formatted(name),
            "once is enough");
      }
    }
  }

  private void route(RouteConfig route) {
    refer(route, RouteSection.POOL.name(), route.pool(), "pool", FrontDoorSection.POOLS);
    for (String listener : route.listeners()) {
      refer(route, RouteSection.LISTENER.name(), listener, "listener", FrontDoorSection.LISTENERS);
    }
  }

  private void pool(Pool pool) {
    Map<String, Endpoint> byName = new HashMap<>();
    Map<Object, Endpoint> byAddress = new HashMap<>();
    for (Endpoint endpoint : pool.endpoints()) {
      if (byAddress.putIfAbsent(endpoint.address(), endpoint) != null) {
        findings.error(
            origins.of(endpoint, "address"),
            "duplicate-item",
            "%s is in pool '%s' twice".formatted(Addresses.show(endpoint.address()), pool.name()),
            "give one a weight of 2 instead");
      } else if (byName.putIfAbsent(endpoint.name(), endpoint) != null) {
        findings.error(
            origins.of(endpoint, PoolSection.ENDPOINT_NAME.name()),
            "duplicate-name",
            "pool '%s' has two endpoints named '%s'".formatted(pool.name(), endpoint.name()),
            "names tell endpoints apart in logs and metrics");
      }
    }
    pool.tls().ifPresent(tls -> tls(pool, tls));
    if (!pool.endpoints().isEmpty() && pool.endpoints().stream().allMatch(e -> e.weight() == 0)) {
      findings.warning(
          origins.of(pool, PoolSection.ENDPOINTS.name()),
          "no-weight",
          "every endpoint of pool '%s' has weight 0: none gets a request".formatted(pool.name()),
          "give at least one a greater weight");
    }
  }

  private void tls(Pool pool, PoolTls tls) {
    tls.certificate()
        .ifPresent(
            name ->
                refer(
                    tls,
                    PoolTlsSection.CERTIFICATE.name(),
                    name,
                    "certificate",
                    FrontDoorSection.CERTIFICATES));
    if (!tls.verify()) {
      findings.warning(
          origins.of(tls, PoolTlsSection.VERIFY.name()),
          "unverified-backends",
          "nobody asks who answers for pool '%s': anybody on the way can".formatted(pool.name()),
          "name the authority of its certificates under 'ca', and the name that they hold under"
              + " 'serverName'");
    }
    boolean inTheClear =
        pool.check()
            .filter(policy -> policy.tls() == CheckPolicy.TlsChoice.OFF)
            .filter(policy -> speaksInTheClear(policy.check().probe()))
            .isPresent();
    if (inTheClear) {
      findings.error(
          origins.of(pool, "healthCheck"),
          "probe-mismatch",
          "an HTTP probe cannot speak to pool '%s', which takes TLS".formatted(pool.name()),
          "leave out 'tls: off': the probe takes the TLS of the pool");
    }
  }

  private void nodeAddresses() {
    Map<Object, Node> byAddress = new HashMap<>();
    for (Node node : frontDoor.nodes()) {
      Node first = byAddress.putIfAbsent(node.address(), node);
      if (first != null) {
        findings.error(
            origins.of(node, "address"),
            "duplicate-address",
            "node '%s' has the same address".formatted(first.name()),
            "give each node its own; one process that does both is 'role: [l4, l7]'");
      }
    }
  }

  private void refer(Object from, String key, String name, String kind, Key<?> section) {
    List<String> names = declared.in(section);
    if (!names.contains(name)) {
      findings.error(
          origins.of(from, key, name),
          "unknown-" + kind,
          "there is no %s '%s'".formatted(kind, name),
          names.isEmpty()
              ? "declare it under '%s:'".formatted(section.name())
              : Nearest.hint(name, names));
    }
  }

  private void unused() {
    Set<String> pools = new HashSet<>();
    frontDoor.routes().forEach(route -> pools.add(route.pool()));
    frontDoor.services().stream()
        .flatMap(Service::targets)
        .filter(target -> target.kind() == Target.Kind.POOL)
        .forEach(target -> pools.add(target.name()));
    for (Pool pool : frontDoor.pools()) {
      warnUnless(
          pools.contains(pool.name()),
          pool,
          "pool",
          pool.name(),
          "no route and no service leads to it");
    }
    Set<String> certificates = new HashSet<>();
    frontDoor.listeners().stream()
        .flatMap(listener -> listener.tls().stream())
        .map(Tls::certificates)
        .forEach(certificates::addAll);
    frontDoor.pools().stream()
        .flatMap(pool -> pool.tls().stream())
        .flatMap(tls -> tls.certificate().stream())
        .forEach(certificates::add);
    for (Certificate certificate : frontDoor.certificates()) {
      warnUnless(
          certificates.contains(certificate.name()),
          certificate,
          "certificate",
          certificate.name(),
          "no listener and no pool shows it");
    }
  }

  private void warnUnless(boolean used, Object bound, String kind, String name, String why) {
    if (!used) {
      findings.warning(
          origins.of(bound),
          "unused-" + kind,
          "%s '%s' is not used".formatted(kind, name),
          why + "; use it or delete it");
    }
  }

  private void idle() {
    idle(Role.L4, frontDoor.services(), "services");
    idle(Role.L7, frontDoor.listeners(), "listeners");
    if (!frontDoor.listeners().isEmpty() && frontDoor.routes().isEmpty()) {
      findings.warning(
          origins.of(frontDoor.listeners().getFirst()),
          "no-routes",
          "there are no routes: every request is answered 404",
          "add 'routes:' with a pool");
    }
  }

  private void idle(Role role, Collection<?> parts, String key) {
    List<Node> nodes = frontDoor.nodes(role);
    if (parts.isEmpty() != nodes.isEmpty()) {
      Position at = origins.of(nodes.isEmpty() ? parts.iterator().next() : nodes.getFirst());
      findings.warning(
          at,
          "idle-tier",
          nodes.isEmpty()
              ? "there are %s, but no node has the role %s".formatted(key, Scalars.dashed(role))
              : "there are nodes with the role %s, but no %s".formatted(Scalars.dashed(role), key),
          nodes.isEmpty()
              ? "add a node with 'role: %s'".formatted(Scalars.dashed(role))
              : "add '%s:'".formatted(key));
    }
  }
}
