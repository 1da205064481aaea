package io.gatehouse.tests.l4;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.testkit.peer.Peer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A real HAProxy and a real nginx in the place of the L7 node: they take the header that the L4
 * node sends, and log and answer the client's true address, over IPv4 and IPv6.
 */
@Timeout(120)
class RealPeersTest {
  private static final int TIMEOUT_MILLIS = 20_000;

  @TempDir Path temp;

  @ParameterizedTest
  @ValueSource(strings = {"relay", "kernel"})
  void haproxySeesTheClient(String dataPlane) throws Exception {
    L4Node.assumeDataPlane(dataPlane, temp);
    var file = file(dataPlane);
    try (var haproxy =
            Peer.haproxy(
                """
                global
                  log stdout format raw local0
                defaults
                  mode http
                  timeout client 5s
                  timeout server 5s
                  timeout connect 1s
                frontend l7
                  bind %s accept-proxy
                  log global
                  log-format "client=%%[src] port=%%[src_port]"
                  http-request return status 200 content-type text/plain lf-string \
                "%%[src] %%[src_port] %%[dst] %%[dst_port]"
                frontend alive
                  bind 127.0.0.1:${port:alive}
                """
                    .formatted(text(file.l7Nodes().getFirst())));
        var node = L4Node.start(file)) {
      node.awaitHealthy();
      for (var service : List.of(file.ipv4(), file.ipv6())) {
        var client = assertSeen(service);
        L4Node.await(
            "HAProxy's line",
            () ->
                haproxy
                    .log()
                    .contains("client=%s port=%d".formatted(host(client), client.getPort())));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"relay", "kernel"})
  void nginxSeesTheClient(String dataPlane) throws Exception {
    L4Node.assumeDataPlane(dataPlane, temp);
    var file = file(dataPlane);
    try (var nginx =
            Peer.nginx(
                """
                events {}
                http {
                  ${temp_paths}
                  log_format client "client=$proxy_protocol_addr port=$proxy_protocol_port";
                  server {
                    listen %s proxy_protocol;
                    access_log ${dir}/access.log client;
                    location / {
                      return 200 "$proxy_protocol_addr $proxy_protocol_port \
                $proxy_protocol_server_addr $proxy_protocol_server_port";
                    }
                  }
                  server { listen 127.0.0.1:${port:alive}; }
                }
                """
                    .formatted(text(file.l7Nodes().getFirst())));
        var node = L4Node.start(file)) {
      node.awaitHealthy();
      for (var service : List.of(file.ipv4(), file.ipv6())) {
        var client = assertSeen(service);
        var line = "client=%s port=%d\n".formatted(host(client), client.getPort());
        L4Node.await("nginx's line", () -> log(nginx).contains(line));
      }
    }
  }

  private static String log(Peer nginx) {
    try {
      return Files.readString(nginx.directory().resolve("access.log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A TCP probe behind a PROXY header waits for a close, which an HTTP server is slow to send. */
  private L4File file(String dataPlane) {
    return new L4File(
        temp, dataPlane, 1, "healthCheck: { http: /, interval: 200ms, timeout: 2s, rise: 1 }");
  }

  /**
   * Asks for a page, which says what the peer took for the two ends; gives the client's address.
   */
  private static InetSocketAddress assertSeen(InetSocketAddress service) throws IOException {
    try (var socket = new Socket()) {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.connect(service, TIMEOUT_MILLIS);
      socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(US_ASCII));
      var answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
      var client = (InetSocketAddress) socket.getLocalSocketAddress();
      assertThat(answer)
          .endsWith(
              "%s %d %s %d"
                  .formatted(host(client), client.getPort(), host(service), service.getPort()));
      return client;
    }
  }

  private static String host(InetSocketAddress address) {
    return address.getAddress().getHostAddress().replace("0:0:0:0:0:0:0:1", "::1");
  }

  private static String text(InetSocketAddress address) {
    return host(address) + ":" + address.getPort();
  }
}
