package io.gatehouse.benchmarks.latency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class AnswerTest {
  private static final String HEAD = "HTTP/1.1 200 OK\r\nX: y\r\ncontent-length: 5\r\n\r\n";

  private static int length(String received, int capacity) {
    var buffer = ByteBuffer.allocate(capacity);
    buffer.put(received.getBytes(StandardCharsets.ISO_8859_1));
    return Answer.length(buffer);
  }

  @Test
  void endsWithItsLastByteAndNotBefore() {
    var whole = HEAD + "hello";
    for (int bytes = 0; bytes < whole.length(); bytes++) {
      assertThat(length(whole.substring(0, bytes), 100)).isEqualTo(-1);
    }
    assertThat(length(whole, 100)).isEqualTo(whole.length());
  }

  @Test
  void anythingButAnAnswerOfKnownLengthIsRefused() {
    assertThatThrownBy(() -> length("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", 100))
        .hasMessageContaining("503");
    assertThatThrownBy(() -> length("HTTP/1.1 200 OK\r\n\r\n", 100)).hasMessageContaining("200");
    assertThatThrownBy(() -> length(HEAD, HEAD.length() + 4)).hasMessageContaining("longer");
  }
}
