package io.gatehouse.l4;

import io.netty.buffer.ByteBuf;
import io.netty.channel.socket.SocketChannel;
import java.util.List;

/**
 * The two ends of a connection at the moment of handing them over: established, the PROXY header
 * written, reads stopped. Both live on the same event loop.
 *
 * @param bufferBytes most bytes per direction that may wait in this process
 * @param idleNanos without a byte in either direction before the connection is closed
 */
record Pair(End client, End endpoint, int bufferBytes, long idleNanos, L4Loop loop) {

  /**
   * One of the two.
   *
   * @param gate its reads; shut
   * @param early what came before the reads could be held back; owned by whoever holds the pair
   * @param inputEnded whether the peer is known to have sent its FIN after {@code early}
   */
  record End(SocketChannel channel, ReadGate gate, List<ByteBuf> early, boolean inputEnded) {}
}
