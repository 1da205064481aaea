package io.gatehouse.appliance.admin;

import com.sun.net.httpserver.Headers;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Who may change something through the admin port, which has no login: programs on the node's own
 * host that mean it. A web page that a browser on this host shows must not:
 *
 * <ul>
 *   <li>a page of another origin cannot send a header of its own without asking first by OPTIONS
 *       (CORS preflight, Fetch standard section 4.8), which is never allowed here,
 *   <li>nor leave out {@code Origin} in a request that changes something,
 *   <li>a page whose name was made to point here (DNS rebinding) sends that name as {@code Host}.
 * </ul>
 */
final class ChangeGate {
  /** Any value will do. */
  static final String HEADER = "X-Gatehouse-Change";

  private static final Pattern OWN_HOST =
      Pattern.compile("(localhost|[0-9]+(\\.[0-9]+){3}|\\[[0-9a-fA-F:.]+])(:[0-9]+)?");

  private ChangeGate() {}

  /** Why a request is refused; empty if it may change something. */
  static Optional<String> refusal(
      InetSocketAddress peer, InetSocketAddress local, Headers headers) {
    boolean here =
        peer.getAddress().isLoopbackAddress() || peer.getAddress().equals(local.getAddress());
    if (!here) {
      return Optional.of("changes are taken from this host only, not from " + peer.getAddress());
    }
    if (!headers.containsKey(HEADER)) {
      return Optional.of("a change needs the header %s (any value)".formatted(HEADER));
    }
    if (headers.containsKey("Origin")) {
      return Optional.of("changes are not taken from web pages");
    }
    List<String> hosts = headers.getOrDefault("Host", List.of());
    if (hosts.size() != 1 || !OWN_HOST.matcher(hosts.getFirst()).matches()) {
      return Optional.of("Host: %s (expected: an IP address, or localhost)".formatted(hosts));
    }
    return Optional.empty();
  }
}
