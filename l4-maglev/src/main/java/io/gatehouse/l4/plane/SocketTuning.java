package io.gatehouse.l4.plane;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.linux.SocketOption;

/**
 * The options of the data path's sockets; tcp(7), ip(7), socket(7). An option that the kernel
 * refuses costs speed or promptness, never correctness, so refusals are not errors.
 */
public final class SocketTuning {
  /** With data unacknowledged for this long the connection is dead: half a minute. */
  private static final int USER_TIMEOUT_MILLIS = (int) SECONDS.toMillis(30);

  /** Without traffic, ask the peer after a minute whether it is there. */
  private static final int KEEPALIVE_IDLE_SECONDS = 60;

  private static final int KEEPALIVE_INTERVAL_SECONDS = 10;

  private SocketTuning() {}

  /**
   * What accepted sockets inherit.
   *
   * @param bufferBytes of kernel memory for what is to be sent, and as much for what was received
   */
  public static void applyToListener(int socket, int bufferBytes) {
    applyToEndpoint(socket, bufferBytes);
    keepAlive(socket);
  }

  /** To be called before connecting, for the window that TCP negotiates. */
  public static void applyToEndpoint(int socket, int bufferBytes) {
    SocketOption.TCP_NODELAY.set(socket, 1);
    int half = bufferBytes / 2; // the kernel doubles it, for its own overhead
    // The privileged form is not capped by net.core.wmem_max and rmem_max.
    if (SocketOption.SO_SNDBUFFORCE.set(socket, half) < 0) {
      SocketOption.SO_SNDBUF.set(socket, half);
    }
    if (SocketOption.SO_RCVBUFFORCE.set(socket, half) < 0) {
      SocketOption.SO_RCVBUF.set(socket, half);
    }
  }

  /** Notices a peer that is gone without a word. */
  static void keepAlive(int socket) {
    SocketOption.SO_KEEPALIVE.set(socket, 1);
    SocketOption.TCP_KEEPIDLE.set(socket, KEEPALIVE_IDLE_SECONDS);
    SocketOption.TCP_KEEPINTVL.set(socket, KEEPALIVE_INTERVAL_SECONDS);
    SocketOption.TCP_USER_TIMEOUT.set(socket, USER_TIMEOUT_MILLIS);
  }
}
