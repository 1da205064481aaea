package io.gatehouse.l4;

import static io.gatehouse.linux.Errno.EADDRINUSE;
import static io.gatehouse.linux.Errno.EADDRNOTAVAIL;
import static io.gatehouse.linux.Errno.ECONNREFUSED;
import static io.gatehouse.linux.Errno.EMFILE;
import static io.gatehouse.linux.Errno.ENFILE;
import static io.gatehouse.linux.Errno.ENOBUFS;
import static io.gatehouse.linux.Errno.ENOMEM;
import static io.gatehouse.linux.Errno.ETIMEDOUT;

import io.gatehouse.linux.Errno;
import org.jspecify.annotations.Nullable;

/**
 * Why an endpoint could not be connected.
 *
 * @param cause for the log
 * @param counter what counts it besides the connects that fail; null if nothing does
 * @param local whether this node is at fault: it has no free port, address or descriptor. Says
 *     nothing of the endpoint's health
 */
record ConnectFailure(String cause, @Nullable L4Counter counter, boolean local) {
  private static final String NO_SOCKET = "no socket: ";

  /** The kernel has no port left for a connection from here to there. */
  static final ConnectFailure NO_SOURCE_PORT =
      new ConnectFailure("no free source port", L4Counter.SOURCE_PORTS_EXHAUSTED, true);

  /** No interface of the host has the address to connect from. */
  static final ConnectFailure NO_SOURCE_ADDRESS =
      new ConnectFailure(
          "the source address is none of this host's", L4Counter.SOURCE_ADDRESS_MISSING, true);

  static final ConnectFailure TIMEOUT =
      new ConnectFailure("connect timed out", L4Counter.CONNECT_TIMEOUTS, false);

  /**
   * Of a socket that could not be had, or not be bound. With IP_BIND_ADDRESS_NO_PORT binding looks
   * at the address alone, so that EADDRNOTAVAIL means the address here, and the ports when it comes
   * of connecting.
   */
  static ConnectFailure ofBind(int errno) {
    return errno == EADDRNOTAVAIL ? NO_SOURCE_ADDRESS : ofConnect(errno);
  }

  static ConnectFailure ofConnect(int errno) {
    return switch (errno) {
      case ETIMEDOUT -> TIMEOUT;
      case ECONNREFUSED -> new ConnectFailure("connect refused", null, false);
      case EADDRNOTAVAIL, EADDRINUSE -> NO_SOURCE_PORT;
      case EMFILE, ENFILE, ENOBUFS, ENOMEM ->
          new ConnectFailure(NO_SOCKET + Errno.describe(errno), null, true);
      default -> new ConnectFailure(Errno.describe(errno), null, false);
    };
  }

  /** Whether the address to connect from is to blame: another one may do. */
  boolean isOfSource() {
    return equals(NO_SOURCE_PORT) || equals(NO_SOURCE_ADDRESS);
  }

  /** Whether there was no descriptor or memory for a socket. */
  boolean noSocket() {
    return cause.startsWith(NO_SOCKET);
  }

  static ConnectFailure ofHeader(int errno) {
    return new ConnectFailure("PROXY header not taken: " + Errno.describe(errno), null, false);
  }
}
