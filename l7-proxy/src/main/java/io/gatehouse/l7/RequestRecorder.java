package io.gatehouse.l7;

/**
 * Hears of the end of every request and of every connection that ended before it had one. Called on
 * the event loops, by several at once: implementations must be thread-safe, quick, and must not
 * block or throw.
 */
public interface RequestRecorder {

  /** A request has ended. {@code request} is lent for the call; see there. */
  void record(RequestRecord request);

  /** A connection was refused or died before it had a request. */
  void rejected(RejectedConnection connection);
}
