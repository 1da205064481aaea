package io.gatehouse.tests.l7;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.tests.l7.Conversation.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * Request corpora against a running node. Behind each case's octets comes a request that closes,
 * and then what no request may hold: a case whose framing is not what it seems to be takes the
 * former into its body.
 */
@TestInstance(Lifecycle.PER_CLASS)
class RequestVectorsTest {
  static final List<Vector> LLHTTP = Vector.read("llhttp.vectors");
  static final List<Vector> SMUGGLING = Vector.read("smuggling.vectors");

  private static final String END = "GET /end HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  private static final String PAD = "\0".repeat(RandomConversation.MAX_BODY_BYTES + 512);

  private final Recorder recorder;
  private final L7Node node;
  private final Violations violations;

  RequestVectorsTest(@TempDir Path directory) throws IOException {
    recorder = new Recorder();
    node =
        L7Node.start(
            directory,
            """
            listeners:
              web: { port: ${port:web}, limits: { maxBody: %dB } }
            routes:
              - { pool: app }
            pools:
              app: { endpoints: ["127.0.0.1:%d"], healthCheck: off }
            """
                .formatted(RandomConversation.MAX_BODY_BYTES, recorder.address().getPort()));
    violations = new Violations(node);
  }

  @AfterAll
  void close() throws IOException {
    node.close();
    recorder.close();
  }

  @ParameterizedTest
  @FieldSource("LLHTTP")
  void llhttp(Vector vector) throws IOException {
    check(vector);
  }

  @ParameterizedTest
  @FieldSource("SMUGGLING")
  void smuggling(Vector vector) throws IOException {
    check(vector);
  }

  private void check(Vector vector) throws IOException {
    byte[] octets = (vector.octets() + END + PAD).getBytes(ISO_8859_1);
    var conversation = Conversation.of(node.address("web"), octets);
    assertThat(conversation.whole()).isTrue();
    assertThat(recorder.takeFaults()).isEmpty();
    assertThat(recorder.takeSeen())
        .as("nothing but what the client has answers to reaches a backend")
        .isEqualTo(conversation.answers().stream().flatMap(a -> a.seen().stream()).toList());
    assertThat(outcome(conversation)).isEqualTo(vector.expected());
    assertThat(vector.why().isEmpty()).as("a reason where it disagrees").isEqualTo(vector.agrees());
  }

  private List<String> outcome(Conversation conversation) {
    var outcome = new ArrayList<String>();
    boolean ended = false;
    for (var answer : conversation.answers()) {
      var seen = answer.seen().orElse("");
      ended = seen.equals("GET /end =");
      if (!ended) {
        outcome.add(text(answer, seen));
      }
    }
    boolean refused = !conversation.answers().isEmpty() && conversation.answers().getLast().isOwn();
    if (!ended && !refused) {
      outcome.add("closed");
    }
    return outcome;
  }

  private String text(Answer answer, String seen) {
    if (answer.isOwn()) {
      return answer.status() + " " + violations.next();
    }
    int space = seen.lastIndexOf(" =");
    var body = new String(HexFormat.of().parseHex(seen.substring(space + 2)), ISO_8859_1);
    return (answer.status() + " " + seen.substring(0, space + 1) + shown(body)).strip();
  }

  private static String shown(String body) {
    return body.replace("\r", "\\r").replace("\n", "\\n");
  }
}
