package io.gatehouse.health;

import java.nio.channels.UnresolvedAddressException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a failed connect says about the endpoint, in an operator's words. */
final class ConnectFailure {
  // errno(3); the values are those of every Linux architecture that Gatehouse runs on
  private static final int ENFILE = 23;
  private static final int EMFILE = 24;
  private static final int EADDRINUSE = 98;
  private static final int EADDRNOTAVAIL = 99;
  private static final int ENETUNREACH = 101;
  private static final int ECONNRESET = 104;
  private static final int ENOBUFS = 105;
  private static final int ETIMEDOUT = 110;
  private static final int ECONNREFUSED = 111;
  private static final int EHOSTUNREACH = 113;

  private static final Pattern ERROR_NUMBER = Pattern.compile("error\\(-(\\d{1,5})\\)");

  private ConnectFailure() {}

  static ProbeResult classify(Throwable failure) {
    if (failure instanceof UnresolvedAddressException) {
      return new ProbeResult.Failed(
          HealthCounter.FAILED_UNREACHABLE, "the address is not resolved");
    }
    return switch (errno(failure)) {
      case ECONNREFUSED ->
          new ProbeResult.Failed(HealthCounter.FAILED_REFUSED, "connection refused");
      case ECONNRESET -> new ProbeResult.Failed(HealthCounter.FAILED_REFUSED, "connection reset");
      case EHOSTUNREACH ->
          new ProbeResult.Failed(HealthCounter.FAILED_UNREACHABLE, "no route to host");
      case ENETUNREACH ->
          new ProbeResult.Failed(HealthCounter.FAILED_UNREACHABLE, "network unreachable");
      case ETIMEDOUT ->
          new ProbeResult.Failed(HealthCounter.FAILED_CONNECT_TIMEOUT, "connect timeout");
      case EMFILE, ENFILE -> new ProbeResult.Inconclusive("no descriptor left for a probe");
      case EADDRNOTAVAIL, EADDRINUSE -> new ProbeResult.Inconclusive("no local port for a probe");
      case ENOBUFS -> new ProbeResult.Inconclusive("no kernel memory for a probe");
      default ->
          new ProbeResult.Failed(
              HealthCounter.FAILED_UNREACHABLE, "connect failed: " + failure.getMessage());
    };
  }

  /**
   * The system's error number of the failure or of one of its causes; 0 if none has any. Netty
   * offers it in the message alone, as {@code error(-111)}; the words after it follow the locale.
   */
  private static int errno(@Nullable Throwable failure) {
    for (var cause = failure; cause != null; cause = cause.getCause()) {
      var found = ERROR_NUMBER.matcher(String.valueOf(cause.getMessage()));
      if (found.find()) {
        return Integer.parseInt(found.group(1));
      }
    }
    return 0;
  }
}
