package io.gatehouse.tests.l4;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** Pushes zeros into a connection that nobody reads, until it takes no more. */
final class Pushing {
  /** Nothing moves on loopback for so long only if nothing can. */
  private static final long STILL_MILLIS = 700;

  private static final int PIECE = 16 << 10;

  private Pushing() {}

  /**
   * Gives the bytes that went in. The channel stays non-blocking.
   *
   * @param enough where it gives up
   */
  static long untilNothingMoves(SocketChannel channel, long enough) throws IOException {
    long pushed = 0;
    var piece = ByteBuffer.allocateDirect(PIECE);
    channel.configureBlocking(false);
    try (var selector = Selector.open()) {
      channel.register(selector, SelectionKey.OP_WRITE);
      while (pushed < enough && selector.select(STILL_MILLIS) > 0) {
        selector.selectedKeys().clear();
        for (int n = channel.write(piece.clear()); n > 0; n = channel.write(piece.clear())) {
          pushed += n;
        }
      }
    }
    return pushed;
  }
}
