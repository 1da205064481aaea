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

/**
 * Why an endpoint could not be connected.
 *
 * @param cause for the log
 * @param timedOut whether no answer came in time
 * @param local whether this node is at fault: it has no free port or descriptor. Says nothing of
 *     the endpoint's health
 */
record ConnectFailure(String cause, boolean timedOut, boolean local) {
  private static final String NO_SOCKET = "no socket: ";

  /** The kernel has no port left for a connection from here to there. */
  static final ConnectFailure NO_SOURCE_PORT =
      new ConnectFailure("no free source port", false, true);

  static final ConnectFailure TIMEOUT = new ConnectFailure("connect timed out", true, false);

  static ConnectFailure ofConnect(int errno) {
    return switch (errno) {
      case ETIMEDOUT -> TIMEOUT;
      case ECONNREFUSED -> new ConnectFailure("connect refused", false, false);
      case EADDRNOTAVAIL, EADDRINUSE -> NO_SOURCE_PORT;
      case EMFILE, ENFILE, ENOBUFS, ENOMEM ->
          new ConnectFailure(NO_SOCKET + Errno.describe(errno), false, true);
      default -> new ConnectFailure(Errno.describe(errno), false, false);
    };
  }

  /** Whether there was no descriptor or memory for a socket. */
  boolean noSocket() {
    return cause.startsWith(NO_SOCKET);
  }

  static ConnectFailure ofHeader(int errno) {
    return new ConnectFailure("PROXY header not taken: " + Errno.describe(errno), false, false);
  }
}
