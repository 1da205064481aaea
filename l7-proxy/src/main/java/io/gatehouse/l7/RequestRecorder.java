package io.gatehouse.l7;

/**
 * Hears of the end of every request and of every connection that ended before it had one. Called on
 * the event loop that it was made for, or on each if it serves several: then it must be
 * thread-safe. It must be quick, and must not block or throw.
 */
public interface RequestRecorder {

  /** A request has ended. {@code request} is lent for the call; see there. */
  void record(RequestRecord request);

  /**
   * A TLS handshake is done.
   *
   * @param listener its name
   * @param resumed whether an earlier session was taken up again
   * @param tookNanos from accept (or PROXY header)
   */
  default void handshake(String listener, boolean resumed, long tookNanos) {}

  /** A connection was refused or died before it had a request. */
  void rejected(RejectedConnection connection);
}
