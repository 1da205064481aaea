package io.gatehouse.tests.l7;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.appliance.demo.DemoCertificate;
import io.gatehouse.testkit.peer.Peer;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The cases of Autobahn's test suite, through a running node, to a real server (websockets for
 * Python): over HTTP/1.1, over HTTP/2, and over HTTP/2 on both sides of the node. What comes back
 * is what comes back without a node, which is what each case requires.
 */
@TestInstance(Lifecycle.PER_CLASS)
class WebSocketCasesTest {
  private enum Way {
    DIRECT,
    HTTP1,
    HTTP2,
    /** To HAProxy by HTTP/2, which speaks HTTP/1.1 to the server. */
    HTTP2_BOTH_SIDES
  }

  private final PythonProgram server;
  private final Peer haproxy;
  private final L7Node node;
  private final InetSocketAddress direct;
  private final DemoCertificate certificate;
  private final Path directory;

  WebSocketCasesTest(@TempDir Path directory) throws Exception {
    this.directory = directory;
    server = PythonProgram.start(directory, "websocket_echo.py", "websockets");
    direct =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(server.line()));
    haproxy =
        Peer.haproxy(
            """
            defaults
              mode http
              timeout connect 5s
              timeout client 30s
              timeout server 30s
              timeout tunnel 30s
            frontend web
              bind 127.0.0.1:${port:web} proto h2
              default_backend app
            backend app
              server one 127.0.0.1:%d
            """
                .formatted(direct.getPort()));
    certificate =
        DemoCertificate.make(directory, "site", List.of("localhost"), List.of("127.0.0.1"));
    node =
        L7Node.start(
            directory,
            """
            listeners:
              web: { port: ${port:web}, http2: true }
              inner: { port: ${port:inner}, http2: true }
              tls: { port: ${port:tls}, tls: { certificates: [site] } }
            certificates:
              site: { chain: "%s", key: "%s" }
            routes:
              - { name: to-h1, listener: [web, tls], pool: app, upgrade: websocket }
              - { name: to-h2, listener: inner, pool: haproxy, upgrade: websocket }
            pools:
              app: { endpoints: ["127.0.0.1:%d"], healthCheck: off }
              haproxy: { endpoints: ["127.0.0.1:%d"], protocol: h2c, healthCheck: off }
            """
                .formatted(
                    certificate.chain(),
                    certificate.key(),
                    direct.getPort(),
                    haproxy.address("web").getPort()));
  }

  @AfterAll
  void close() {
    node.close();
    haproxy.close();
    server.close();
  }

  static Stream<WebSocketCase> cases() {
    return WebSocketCases.ALL.stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void autobahn(WebSocketCase each) throws Exception {
    for (var way : Way.values()) {
      assertThat(transcript(each, way)).as(way.name()).isEqualTo(each.expected());
    }
  }

  /** A real client, many connections at once, over TLS: fragments, pings, compression, closes. */
  @Test
  void aRealClientGetsBackWhatItSends() throws Exception {
    int connections = 12;
    int messages = 20;
    try (var client =
        PythonProgram.start(
            directory,
            "websocket_client.py",
            "websockets",
            "wss://localhost:%d/ws".formatted(node.address("tls").getPort()),
            certificate.chain().toString(),
            Integer.toString(connections),
            Integer.toString(messages))) {
      assertThat(client.rest()).isEqualTo("ok " + connections * messages);
    }
    node.awaitCount("tunnels_open", 0);
  }

  private WebSocketCarrier open(Way way) throws IOException {
    return switch (way) {
      case DIRECT -> WebSocketCarrier.overHttp1(direct);
      case HTTP1 -> WebSocketCarrier.overHttp1(node.address("web"));
      case HTTP2 -> WebSocketOverHttp2.open(node.address("web"));
      case HTTP2_BOTH_SIDES -> WebSocketOverHttp2.open(node.address("inner"));
    };
  }

  /** What the server sends, up to its close; the client ends where the server doesn't. */
  private List<String> transcript(WebSocketCase each, Way way) throws Exception {
    try (var carrier = open(way)) {
      var came = new Semaphore(0);
      var sending = Thread.ofVirtual().start(() -> send(each, carrier, came));
      var seen = new ArrayList<String>();
      var in = new DataInputStream(carrier.in());
      boolean closed = false;
      while (!closed) {
        var frame = WebSocketFrame.read(in);
        seen.add(frame.toString());
        came.release();
        closed = frame.opcode() == WebSocketFrame.CLOSE;
        if (closed && each.endsByItself()) {
          answerClose(carrier, frame);
        }
      }
      came.release(each.expected().size()); // whoever still waits waits for nothing
      sending.join();
      assertThat(hasEnded(in)).as("nothing comes behind the close").isTrue();
      return seen;
    }
  }

  /** Sends all of it, and waits for answers where the case says so, and before its own close. */
  private static void send(WebSocketCase each, WebSocketCarrier carrier, Semaphore came) {
    int due = each.expected().size() - 1;
    try {
      for (var frame : each.frames()) {
        if (frame.equals(WebSocketCases.AWAIT)) {
          came.acquireUninterruptibly();
          due--;
        } else {
          write(carrier, frame.octets(), each.chop());
        }
      }
      if (!each.endsByItself()) {
        came.acquireUninterruptibly(due);
        write(carrier, WebSocketFrame.close(1000, "").octets(), 0);
      }
    } catch (IOException e) {
      // the server has ended it before
    }
  }

  private static void write(WebSocketCarrier carrier, byte[] octets, int chop) throws IOException {
    int piece = chop == 0 ? octets.length : chop;
    for (int at = 0; at < octets.length; at += piece) {
      carrier.out().write(Arrays.copyOfRange(octets, at, Math.min(octets.length, at + piece)));
    }
    carrier.out().flush();
  }

  private static void answerClose(WebSocketCarrier carrier, WebSocketFrame close) {
    try {
      write(carrier, WebSocketFrame.of(WebSocketFrame.CLOSE, close.payload()).octets(), 0);
    } catch (IOException e) {
      // it does not wait for the answer
    }
  }

  private static boolean hasEnded(DataInputStream in) throws IOException {
    try {
      return in.read() < 0;
    } catch (EOFException | java.net.SocketException e) {
      return true;
    }
  }
}
