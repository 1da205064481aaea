package io.gatehouse.tests.l7;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * The cases of h2spec against a running node that takes HTTP/2 without TLS. Its backend answers
 * {@code /} with five octets, and {@code /held} never.
 */
@TestInstance(Lifecycle.PER_CLASS)
class Http2CasesTest {
  static final List<Http2Case> CASES = Http2Case.all();
  static final int MAX_STREAMS = 10;

  private static final byte[] ANSWER =
      "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello".getBytes(ISO_8859_1);

  private final ServerSocket backend = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
  private final L7Node node;

  Http2CasesTest(@TempDir Path directory) throws IOException {
    Thread.ofVirtual().start(this::accept);
    node =
        L7Node.start(
            directory,
            """
            listeners:
              web: { port: ${port:web}, http2: { enabled: true, maxStreams: %d } }
            routes:
              - { pool: app }
            pools:
              app: { endpoints: ["127.0.0.1:%d"], healthCheck: off }
            """
                .formatted(MAX_STREAMS, backend.getLocalPort()));
  }

  @AfterAll
  void close() throws IOException {
    node.close();
    backend.close();
  }

  private void accept() {
    while (!backend.isClosed()) {
      try {
        var socket = backend.accept();
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private static void serve(Socket socket) {
    try (socket) {
      var in = socket.getInputStream();
      var text = new StringBuilder();
      for (int octet = in.read(); octet >= 0; octet = in.read()) {
        text.append((char) octet);
        boolean chunked = text.indexOf("transfer-encoding: chunked") >= 0;
        boolean length = text.indexOf("content-length: ") >= 0;
        boolean whole =
            chunked
                ? text.indexOf("\r\n0\r\n") >= 0 && text.toString().endsWith("\r\n\r\n")
                : !length;
        boolean held = text.indexOf(" /held ") >= 0;
        if (!held && whole && text.toString().endsWith("\r\n\r\n")) {
          boolean head = text.indexOf("HEAD ") == 0;
          socket.getOutputStream().write(ANSWER, 0, ANSWER.length - (head ? 5 : 0));
          text.setLength(0);
        }
      }
    } catch (IOException e) {
      // reset by the node, whose client has gone
    }
  }

  @ParameterizedTest
  @FieldSource("CASES")
  void h2spec(Http2Case each) throws IOException {
    int[] settings = each.settings().stream().mapToInt(Integer::intValue).toArray();
    try (var wire = Http2Wire.open(node.address("web"), settings)) {
      each.script().run(wire);
    }
  }
}
