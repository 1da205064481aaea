package io.gatehouse.l4;

import io.gatehouse.l4.ServiceConfig.ProxyHeader;
import io.gatehouse.l4.SniRouting.Unmatched;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The ways out of one service. Immutable; any thread. */
final class Routes {
  private static final String WILDCARD = "*";

  private final Map<String, Route> exact = new HashMap<>();
  private final Map<String, Route> below = new HashMap<>();
  private final Route own;
  private final @Nullable Route unmatched;
  private final boolean needHello;

  Routes(ServiceConfig service) {
    own = route(service, service.pool(), service.proxyProtocol(), service.proxyTlvs());
    for (SniRouting.Route sni : service.sni().routes()) {
      var route = route(service, sni.pool(), sni.proxyProtocol(), sni.proxyTlvs());
      for (String name : sni.names()) {
        if (name.startsWith(WILDCARD)) {
          below.put(name.substring(WILDCARD.length()), route);
        } else {
          exact.put(name, route);
        }
      }
    }
    needHello =
        !service.sni().routes().isEmpty()
            || service.proxyTlvs().stream().anyMatch(HeaderTlv::needsHello);
    unmatched = service.sni().unmatched() == Unmatched.CLOSE ? null : own;
  }

  private static Route route(
      ServiceConfig service, String pool, ProxyHeader header, Set<HeaderTlv> tlvs) {
    return new Route(service.pools().indexOf(pool), pool, header, tlvs);
  }

  /** Whether the client's first bytes say which way, or are to be told to the endpoint. */
  boolean needHello() {
    return needHello;
  }

  /** The way of a service without SNI routes. */
  Route own() {
    return own;
  }

  /**
   * The way of a connection; null if it is to be closed.
   *
   * @param hello what its first bytes said; one that is still not whole, at its deadline, names
   *     nothing
   */
  @Nullable Route of(ClientHello.Result hello) {
    return hello instanceof ClientHello.Hello(String name, var protocols) && name != null
        ? of(name)
        : unmatched;
  }

  private @Nullable Route of(String name) {
    var route = exact.get(name);
    // The first dot leaves the longest suffix.
    for (int dot = name.indexOf('.'); route == null && dot >= 0; dot = name.indexOf('.', dot + 1)) {
      route = below.get(name.substring(dot));
    }
    return route == null ? unmatched : route;
  }
}
