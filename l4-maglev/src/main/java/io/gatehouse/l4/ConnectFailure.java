package io.gatehouse.l4;

import io.netty.channel.ConnectTimeoutException;
import java.net.BindException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Why an endpoint could not be connected.
 *
 * @param cause for the log
 * @param timedOut whether no answer came in time
 * @param local whether this node is at fault: it has no free port or descriptor. Says nothing of
 *     the endpoint's health
 */
record ConnectFailure(String cause, boolean timedOut, boolean local) {
  private static final Pattern ERRNO = Pattern.compile("error\\(-?(\\d{1,5})\\)");
  private static final int EADDRNOTAVAIL = 99;
  private static final int ECONNREFUSED = 111;

  /** The kernel has no port left for a connection from here to there. */
  static final ConnectFailure NO_SOURCE_PORT =
      new ConnectFailure("no free source port", false, true);

  static ConnectFailure noSocket(Throwable failure) {
    return new ConnectFailure("no socket: " + failure.getMessage(), false, true);
  }

  static ConnectFailure ofConnect(Throwable failure) {
    if (failure instanceof ConnectTimeoutException) {
      return new ConnectFailure("connect timed out", true, false);
    }
    return switch (errno(failure)) {
      case ECONNREFUSED -> new ConnectFailure("connect refused", false, false);
      case EADDRNOTAVAIL -> NO_SOURCE_PORT;
      default -> new ConnectFailure(text(failure), false, failure instanceof BindException);
    };
  }

  static ConnectFailure ofHeader(@Nullable Throwable failure) {
    var why = failure == null ? "closed" : text(failure);
    return new ConnectFailure("PROXY header not taken: " + why, false, false);
  }

  private static String text(Throwable failure) {
    var message = failure.getMessage();
    return message == null ? failure.getClass().getSimpleName() : message;
  }

  /** Netty's exceptions of connect show the number in their text alone: {@code error(-111)}. */
  private static int errno(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      var matcher = ERRNO.matcher(String.valueOf(t.getMessage()));
      if (matcher.find()) {
        return Integer.parseInt(matcher.group(1));
      }
    }
    return 0;
  }
}
