package io.gatehouse.l4;

import io.gatehouse.l4.ServiceConfig.ProxyHeader;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Where a service sends TLS connections by the name that the client asks for (SNI). TLS is not
 * terminated: the bytes are passed on as they came.
 *
 * @param routes in any order: an exact name comes before the longest wildcard
 * @param unmatched what becomes of a connection whose name no route has, or that names none
 */
public record SniRouting(List<Route> routes, Unmatched unmatched) {
  /** The client's bytes are not looked at. */
  public static final SniRouting NONE = new SniRouting(List.of(), Unmatched.DEFAULT);

  public SniRouting {
    routes = List.copyOf(routes);
    var seen = new HashSet<String>();
    for (Route route : routes) {
      for (String name : route.names()) {
        if (!seen.add(name)) {
          throw new IllegalArgumentException(
              "server name %s: routed twice (expected: once)".formatted(name));
        }
      }
    }
  }

  /**
   * @param names in lower case; {@code *.example.com} stands for every name below
   * @param pool name of the pool in the health snapshot
   * @param proxyProtocol the header written to the endpoint before the first byte
   * @param proxyTlvs what that header says besides addresses
   */
  public record Route(
      List<String> names, String pool, ProxyHeader proxyProtocol, Set<HeaderTlv> proxyTlvs) {
    public Route {
      names = List.copyOf(names);
      proxyTlvs = Set.copyOf(proxyTlvs);
      if (names.isEmpty()) {
        throw new IllegalArgumentException("names: none (expected: at least 1)");
      }
    }

    /** With the usual TLVs. */
    public Route(List<String> names, String pool, ProxyHeader proxyProtocol) {
      this(names, pool, proxyProtocol, HeaderTlv.DEFAULT);
    }
  }

  /** What becomes of a connection that no route fits. */
  public enum Unmatched {
    /** It goes to the service's own pool. */
    DEFAULT,
    /** It is closed and counted. */
    CLOSE
  }
}
