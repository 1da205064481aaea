package io.gatehouse.tests.peer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.testkit.peer.Peer;
import io.gatehouse.testkit.peer.PeerProgram;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.opentest4j.TestAbortedException;

@Timeout(60)
class PeerTest {
  static final String ANSWERING_HAPROXY =
      """
      defaults
        mode http
        timeout client 5s
        timeout server 5s
        timeout connect 1s
      frontend front
        bind 127.0.0.1:${port:front}
        http-request return status 200 content-type text/plain string "from haproxy"
      """;

  @Test
  void haproxyAnswersOnThePortOfThatName() throws Exception {
    try (var haproxy = Peer.haproxy(ANSWERING_HAPROXY)) {
      assertThat(get(haproxy.address("front"))).isEqualTo("from haproxy");
      assertThat(haproxy.description()).containsPattern("(local|container) haproxy");
    }
  }

  @Test
  void nginxAnswersFromItsOwnDirectory() throws Exception {
    try (var nginx =
        Peer.nginx(
            """
            events {}
            http {
              ${temp_paths}
              access_log ${dir}/access.log;
              server {
                listen 127.0.0.1:${port:http};
                location / { return 200 "from nginx"; }
              }
            }
            """)) {
      assertThat(get(nginx.address("http"))).isEqualTo("from nginx");
      assertThat(nginx.directory().resolve("access.log")).exists();
    }
  }

  @Test
  void redisAnswersPing() throws Exception {
    try (var redis = Peer.redis()) {
      assertThat(ping(redis.address("redis"))).isEqualTo("+PONG\r\n");
    }
  }

  @Test
  void serfTellsItsMembers() throws Exception {
    try (var serf =
        Peer.serf(
            """
            {"node_name": "one", "bind": "127.0.0.1:${port:gossip}",
             "rpc_addr": "127.0.0.1:${port:rpc}"}
            """)) {
      assertThat(serf.execute("serf", "members", "-rpc-addr=127.0.0.1:${port:rpc}"))
          .contains("one")
          .contains("127.0.0.1:" + serf.port("gossip"))
          .contains("alive");
    }
  }

  @Test
  void closingEndsTheProgramAndDeletesItsDirectory() {
    var haproxy = Peer.haproxy(ANSWERING_HAPROXY);
    haproxy.close();
    assertThat(haproxy.isRunning()).isFalse();
    assertThat(Files.exists(haproxy.directory())).isFalse();
    assertThatThrownBy(() -> new Socket("127.0.0.1", haproxy.port("front")).close())
        .isInstanceOf(IOException.class);
  }

  @Test
  void aProgramThatEndsAtOnceFailsTheTestWithItsLog() {
    assertThatThrownBy(() -> Peer.haproxy("nonsense here\nlisten a\n bind :${port:a}\n"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("haproxy has ended")
        .hasMessageContaining("nonsense");
  }

  @Test
  void aPortThatIsTakenFailsTheTestAfterAFewTries() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var config = "port %d%n".formatted(taken.getLocalPort()); // the later directive counts
      assertThatThrownBy(() -> Peer.redis(config))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("in use");
    }
  }

  @Test
  void aProgramThatIsNotInstalledSkipsTheTestWithTheReason() {
    var program = new PeerProgram("no-such-program", "c", List.of("x"), List.of("x"), Map.of());
    assertThatThrownBy(() -> Peer.start(program, "", Peer.Way.LOCAL))
        .isInstanceOf(TestAbortedException.class)
        .hasMessageContaining("no-such-program is not installed");
    assertThatThrownBy(() -> Peer.start(program, "", Peer.Way.AUTO))
        .isInstanceOf(TestAbortedException.class)
        .hasMessageContaining("tests/images/no-such-program");
  }

  static String get(InetSocketAddress address) throws Exception {
    try (var client = HttpClient.newHttpClient()) {
      var uri = URI.create("http://%s:%d/".formatted(address.getHostString(), address.getPort()));
      var request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build();
      return client.send(request, BodyHandlers.ofString(UTF_8)).body();
    }
  }

  static String ping(InetSocketAddress address) throws IOException {
    try (var socket = new Socket(address.getAddress(), address.getPort())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write("PING\r\n".getBytes(US_ASCII));
      return new String(socket.getInputStream().readNBytes(7), US_ASCII);
    }
  }
}
