package io.gatehouse.l4;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;

/** What holds for whatever bytes a client sends. */
final class AnyHello {
  private AnyHello() {}

  static void check(byte[] stream) {
    // Not at the front of its buffer, and with bytes behind that are not part of the stream.
    var buffer = ByteBuffer.allocateDirect(stream.length + 21).put(new byte[7]).put(stream);
    buffer.put(Hellos.ascii("behind the end")).position(7).limit(7 + stream.length);
    var whole = ClientHello.parse(buffer.slice());
    assertThat(ClientHello.parse(buffer)).isEqualTo(whole);
    assertThat(buffer.position()).isEqualTo(7);
    assertThat(buffer.limit()).isEqualTo(7 + stream.length);
    if (stream.length >= ClientHello.MAX_BYTES) {
      assertThat(whole).isNotInstanceOf(ClientHello.NeedMore.class);
    }
    checkPrefixes(stream, whole);
  }

  /** Less never says something else, only that it is not enough. */
  private static void checkPrefixes(byte[] stream, ClientHello.Result whole) {
    int step = Math.max(1, stream.length / 300);
    boolean decided = false;
    for (int length = 0; length < stream.length; length += step) {
      var part = ClientHello.parse(ByteBuffer.wrap(stream, 0, length));
      if (part instanceof ClientHello.NeedMore) {
        assertThat(decided).as("a decision was taken back at %d", length).isFalse();
      } else {
        decided = true;
        assertThat(part).isEqualTo(whole);
      }
    }
  }
}
