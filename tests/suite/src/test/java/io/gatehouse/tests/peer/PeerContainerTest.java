package io.gatehouse.tests.peer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.net.httpserver.HttpServer;
import io.gatehouse.testkit.peer.Peer;
import io.gatehouse.testkit.peer.PeerProgram;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.opentest4j.TestAbortedException;

/** The container way stays alive even where every program is installed. */
@Timeout(value = 6, unit = TimeUnit.MINUTES) // the first run builds the image
class PeerContainerTest {

  @Test
  void haproxyInAContainerReachesAServerOfTheTest() throws Exception {
    var backend = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    backend.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write("from the test".getBytes(US_ASCII));
          exchange.close();
        });
    backend.start();
    try (var haproxy =
        Peer.start(
            PeerProgram.HAPROXY,
            """
            defaults
              mode http
              timeout client 5s
              timeout server 5s
              timeout connect 1s
            listen front
              bind 127.0.0.1:${port:front}
              server one 127.0.0.1:%d
            """
                .formatted(backend.getAddress().getPort()),
            Peer.Way.CONTAINER)) {
      assertThat(haproxy.description()).containsPattern("container haproxy \\d");
      assertThat(PeerTest.get(haproxy.address("front"))).isEqualTo("from the test");
    } finally {
      backend.stop(0);
    }
  }

  @Test
  void closingEndsTheContainerAndDeletesItsDirectory() {
    var haproxy = Peer.start(PeerProgram.HAPROXY, PeerTest.ANSWERING_HAPROXY, Peer.Way.CONTAINER);
    haproxy.close();
    assertThat(haproxy.isRunning()).isFalse();
    assertThat(Files.exists(haproxy.directory())).isFalse();
  }

  @Test
  void aProgramThatEndsAtOnceFailsTheTestWithItsLog() {
    var config = PeerTest.ANSWERING_HAPROXY + "  nonsense\n";
    Throwable thrown =
        catchThrowable(() -> Peer.start(PeerProgram.HAPROXY, config, Peer.Way.CONTAINER));
    if (thrown instanceof TestAbortedException skipped) {
      throw skipped; // no container engine
    }
    assertThat(thrown)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("haproxy has ended")
        .hasMessageContaining("nonsense");
  }
}
