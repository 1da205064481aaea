package io.gatehouse.l4;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;

/** The options of every TCP socket of the data path; tcp(7), ip(7), socket(7). */
final class SocketOptions {
  private static final int SOL_IP = 0;
  private static final int SOL_SOCKET = 1;
  private static final int SOL_TCP = 6;

  /** With data unacknowledged for this long the connection is dead: half a minute. */
  private static final int USER_TIMEOUT_MILLIS = (int) SECONDS.toMillis(30);

  /** Without traffic, ask the peer after a minute whether it is there. */
  private static final int KEEPALIVE_IDLE_SECONDS = 60;

  private static final int KEEPALIVE_INTERVAL_SECONDS = 10;

  private static final IntegerUnixChannelOption TCP_USER_TIMEOUT =
      new IntegerUnixChannelOption("TCP_USER_TIMEOUT", SOL_TCP, 18);
  private static final IntegerUnixChannelOption TCP_KEEPIDLE =
      new IntegerUnixChannelOption("TCP_KEEPIDLE", SOL_TCP, 4);
  private static final IntegerUnixChannelOption TCP_KEEPINTVL =
      new IntegerUnixChannelOption("TCP_KEEPINTVL", SOL_TCP, 5);
  private static final IntegerUnixChannelOption IP_BIND_ADDRESS_NO_PORT =
      new IntegerUnixChannelOption("IP_BIND_ADDRESS_NO_PORT", SOL_IP, 24);
  private static final IntegerUnixChannelOption SO_ERROR =
      new IntegerUnixChannelOption("SO_ERROR", SOL_SOCKET, 4);

  private SocketOptions() {}

  static void apply(SocketChannel channel, WriteBuffers buffers, ReadGate gate) {
    var config = channel.config();
    config.setAutoRead(false);
    // After a failed write the other side's last words can still be read: do not close by itself.
    config.setAutoClose(false);
    config.setAllowHalfClosure(true);
    config.setTcpNoDelay(true);
    config.setKeepAlive(true);
    config.setOption(TCP_KEEPIDLE, KEEPALIVE_IDLE_SECONDS);
    config.setOption(TCP_KEEPINTVL, KEEPALIVE_INTERVAL_SECONDS);
    config.setOption(TCP_USER_TIMEOUT, USER_TIMEOUT_MILLIS);
    config.setWriteBufferWaterMark(buffers.waterMark());
    config.setRecvByteBufAllocator(gate);
  }

  /** Lets connect choose the port, so that one source port can serve several destinations. */
  static void leavePortToConnect(SocketChannel channel) {
    channel.config().setOption(IP_BIND_ADDRESS_NO_PORT, 1);
  }

  /**
   * Takes the socket's pending error.
   *
   * @return the errno; 0 if there is none or the socket is closed
   */
  static int takeError(SocketChannel channel) {
    if (!channel.isOpen()) {
      return 0;
    }
    try {
      Integer error = channel.config().getOption(SO_ERROR);
      return error == null ? 0 : error;
    } catch (ChannelException closed) {
      return 0;
    }
  }

  /** Makes the next close send RST. */
  static void resetOnClose(SocketChannel channel) {
    try {
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
    } catch (ChannelException closed) {
      // The peer was faster: there is nothing left to reset.
    }
  }
}
