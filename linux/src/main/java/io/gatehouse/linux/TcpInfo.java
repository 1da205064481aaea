package io.gatehouse.linux;

/**
 * What the kernel knows of a TCP connection ({@code TCP_INFO}), at one moment. Counts are of
 * payload since the connection was made. {@link TcpInfoReader} reads the same without allocating.
 *
 * @param state 1 for established; see {@code net/tcp_states.h}
 * @param rttMicros smoothed round-trip time
 * @param rttVarianceMicros its mean deviation
 * @param bytesAcked what the peer acknowledged; counts the SYN as one more
 * @param bytesReceived what arrived in order
 * @param notSentBytes what is queued and was never sent
 * @param bytesSent what was sent, retransmissions included
 * @param bytesRetransmitted what was sent again
 */
public record TcpInfo(
    int state,
    int rttMicros,
    int rttVarianceMicros,
    long bytesAcked,
    long bytesReceived,
    long notSentBytes,
    long bytesSent,
    long bytesRetransmitted) {

  /**
   * Asks the kernel about the socket {@code fd}. Borrows the descriptor; any thread may ask.
   *
   * @throws LinuxException if the descriptor is no TCP socket, or the kernel is older than 4.19
   */
  public static TcpInfo read(int fd) throws LinuxException {
    try (var reader = new TcpInfoReader()) {
      int result = reader.read(fd);
      if (result < 0) {
        throw new LinuxException("getsockopt", result);
      }
      return new TcpInfo(
          reader.state(),
          reader.rttMicros(),
          reader.rttVarianceMicros(),
          reader.bytesAcked(),
          reader.bytesReceived(),
          reader.notSentBytes(),
          reader.bytesSent(),
          reader.bytesRetransmitted());
    }
  }

  /**
   * How many bytes were ever put on this connection's stream: sent for the first time, or queued.
   * The basis of the credit that keeps kernel forwarding bounded.
   */
  public long bytesQueuedEver() {
    return bytesSent - bytesRetransmitted + notSentBytes;
  }
}
