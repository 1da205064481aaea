package io.gatehouse.appliance.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Who is where in the demo: each host has a loopback address of its own, as it would have one of
 * its own in a network.
 *
 * @param entryPort where clients connect, on each L4 node
 * @param webPort where the L7 nodes take connections from the L4 nodes
 * @param backendPort of each backend
 * @param gossipPort of each node
 * @param adminPort of each node
 */
record DemoTopology(int entryPort, int webPort, int backendPort, int gossipPort, int adminPort) {

  static final List<String> L4_NODES = List.of("l4-a", "l4-b");
  static final List<String> L7_NODES = List.of("l7-a", "l7-b");
  static final List<String> BACKENDS = List.of("backend-1", "backend-2", "backend-3");

  /** Where the check's requests come from, so that the true address can be told from a hop's. */
  static final String CLIENT_ADDRESS = "127.0.9.9";

  private static final Map<String, String> ADDRESSES = addresses();

  /** The ports that the documentation shows. */
  static DemoTopology fixedPorts() {
    return new DemoTopology(8443, 9443, 8080, 7946, 9901);
  }

  /** Ports that are free on every loopback address now. */
  static DemoTopology freePorts() throws IOException {
    List<ServerSocket> held = new ArrayList<>();
    try {
      for (int i = 0; i < 5; i++) {
        held.add(new ServerSocket(0));
      }
      int[] ports = held.stream().mapToInt(ServerSocket::getLocalPort).toArray();
      return new DemoTopology(ports[0], ports[1], ports[2], ports[3], ports[4]);
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
  }

  private static Map<String, String> addresses() {
    Map<String, String> addresses = new LinkedHashMap<>();
    for (int i = 0; i < L4_NODES.size(); i++) {
      addresses.put(L4_NODES.get(i), "127.0.1." + (i + 1));
    }
    for (int i = 0; i < L7_NODES.size(); i++) {
      addresses.put(L7_NODES.get(i), "127.0.2." + (i + 1));
    }
    for (int i = 0; i < BACKENDS.size(); i++) {
      addresses.put(BACKENDS.get(i), "127.0.3." + (i + 1));
    }
    return addresses;
  }

  /** Both tiers' nodes, L4 first. */
  List<String> nodes() {
    var nodes = new ArrayList<>(L4_NODES);
    nodes.addAll(L7_NODES);
    return nodes;
  }

  /** Address of a node or backend. */
  String address(String host) {
    return ADDRESSES.getOrDefault(host, "");
  }

  InetSocketAddress backend(String name) {
    return new InetSocketAddress(address(name), backendPort);
  }

  InetSocketAddress entry(String l4Node) {
    return new InetSocketAddress(address(l4Node), entryPort);
  }

  InetSocketAddress web(String l7Node) {
    return new InetSocketAddress(address(l7Node), webPort);
  }

  InetSocketAddress admin(String node) {
    return new InetSocketAddress(address(node), adminPort);
  }

  String url() {
    return "https://%s:%d/".formatted(address(L4_NODES.getFirst()), entryPort);
  }

  /** The configuration file of the whole front door. */
  String configuration(DemoCertificate certificate) {
    return """
    # A front door on loopback, made by `gatehouse demo`. Every node reads this same file.
    cluster: { name: demo, port: %d, network: local }
    nodes:
    %s
    services:
      https: { port: %d, to: web }
    listeners:
      web: { port: %d, tls: { certificates: [demo] } }
    certificates:
      demo: { chain: "%s", key: "%s" }
    routes:
      - { name: api, path: /api, pool: api }
      - { name: app, pool: app }
    pools:
      app:
        endpoints: [%s]
        healthCheck: { http: /healthz, interval: 1s, timeout: 500ms }
      api:
        endpoints: [%s]
        balance: least-request
        healthCheck: { http: /healthz, interval: 1s, timeout: 500ms }
    """
        .formatted(
            gossipPort,
            nodes().stream().map(this::nodeLine).collect(Collectors.joining("\n")),
            entryPort,
            webPort,
            certificate.chain().getFileName(),
            certificate.key().getFileName(),
            endpoints(BACKENDS),
            endpoints(BACKENDS.subList(1, BACKENDS.size())));
  }

  private String nodeLine(String node) {
    return "  %s: { role: %s, address: %s, admin: \"%s:%d\" }"
        .formatted(node, node.substring(0, 2), address(node), address(node), adminPort);
  }

  private String endpoints(List<String> backends) {
    return backends.stream()
        .map(b -> "{ name: %s, address: \"%s:%d\" }".formatted(b, address(b), backendPort))
        .collect(Collectors.joining(", "));
  }

  /** What the demo prints first. */
  String picture(Path directory) {
    String url = url();
    String curl = "curl --cacert " + quoted(directory.resolve("demo.pem"));
    return String.join(
        "\n",
        "",
        "           tier 1: L4, Maglev           tier 2: L7, TLS and routes",
        "          ┌───────────────────┐         ┌───────────────────┐       ┌─ backend-1 %s"
            .formatted(address("backend-1")),
        "  you ───►│ l4-a  %-11s │─────────│ l7-a  %-11s │───────┤"
            .formatted(address("l4-a"), address("l7-a")),
        "          │                   │ PROXY v2│                   │ HTTP  ├─ backend-2 %s"
            .formatted(address("backend-2")),
        "  or ────►│ l4-b  %-11s │─────────│ l7-b  %-11s │───────┤"
            .formatted(address("l4-b"), address("l7-b")),
        "          └───────────────────┘         └───────────────────┘       └─ backend-3 %s"
            .formatted(address("backend-3")),
        "           one gossip ring over all four nodes keeps their views of health in step",
        "",
        "  URL     %s    (and %s)".formatted(url, url.replace(address("l4-a"), address("l4-b"))),
        "          A browser shows a page there, once it is told to accept the certificate",
        "  Status  http://%s:%d/status  of each node, and /metrics"
            .formatted(address("l4-a"), adminPort),
        "  Files   %s  (configuration, certificate, logs)".formatted(directory),
        "",
        "  Try     %s %s".formatted(curl, url),
        "          %s %sapi/orders -H 'X-Forwarded-For: 6.6.6.6'   # not believed"
            .formatted(curl, url),
        "          %s %sbytes/20000000 -o /dev/null -w '%%{speed_download} B/s\\n'"
            .formatted(curl, url),
        "");
  }

  private static String quoted(Path path) {
    String text = path.toString();
    return text.matches("[A-Za-z0-9_./-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
