package io.gatehouse.tests.l7;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

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

/** A response corpus, from a backend through a running node to a client. */
@TestInstance(Lifecycle.PER_CLASS)
class ResponseVectorsTest {
  static final List<Vector> LLHTTP = Vector.read("llhttp-responses.vectors");

  private static final byte[] REQUEST =
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".getBytes(ISO_8859_1);

  private final ServerSocket backend = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
  private final L7Node node;
  private final Violations violations;

  /** Read by the backend's thread. */
  private volatile String answer = "";

  ResponseVectorsTest(@TempDir Path directory) throws IOException {
    Thread.ofVirtual().start(this::serve);
    node =
        L7Node.start(
            directory,
            """
            listeners:
              web: { port: ${port:web} }
            routes:
              - { pool: app }
            pools:
              app: { endpoints: ["127.0.0.1:%d"], healthCheck: off }
            """
                .formatted(backend.getLocalPort()));
    violations = new Violations(node);
  }

  @AfterAll
  void close() throws IOException {
    node.close();
    backend.close();
  }

  private void serve() {
    while (!backend.isClosed()) {
      try (var socket = backend.accept()) {
        readHead(socket);
        socket.getOutputStream().write(answer.getBytes(ISO_8859_1));
      } catch (IOException e) {
        // closed, by us or by the node, which may have seen enough
      }
    }
  }

  private static void readHead(Socket socket) throws IOException {
    var in = socket.getInputStream();
    for (int last = 0, octet = in.read(); octet >= 0; octet = in.read()) {
      last = last << 8 | octet;
      if (last == 0x0d0a0d0a) {
        return;
      }
    }
    throw new IOException("cut off");
  }

  @ParameterizedTest
  @FieldSource("LLHTTP")
  void llhttp(Vector vector) throws IOException {
    answer = vector.octets();
    var conversation = Conversation.of(node.address("web"), REQUEST);
    assertThat(List.of(outcome(conversation))).isEqualTo(vector.expected());
    assertThat(vector.why().isEmpty()).as("a reason where it disagrees").isEqualTo(vector.agrees());
  }

  private String outcome(Conversation conversation) {
    if (!conversation.whole()) {
      return "cut " + violations.next();
    }
    assertThat(conversation.answers()).hasSize(1);
    var only = conversation.answers().getFirst();
    var rest = only.isOwn() ? violations.next() : shown(only.body());
    return (only.status() + " " + rest).strip();
  }

  private static String shown(String body) {
    return body.replace("\r", "\\r").replace("\n", "\\n");
  }
}
