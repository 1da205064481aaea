package io.gatehouse.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What the kernel knows of a TCP connection ({@code TCP_INFO}, {@code linux/tcp.h}; the layout is
 * the same on x86_64 and aarch64). Counts are of payload since the connection was made.
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
    int notSentBytes,
    long bytesSent,
    long bytesRetransmitted) {

  private static final int TCP_INFO = 11;
  private static final int BUFFER_BYTES = 256;

  private static final int STATE_AT = 0;
  private static final int RTT_AT = 68;
  private static final int RTT_VARIANCE_AT = 72;
  private static final int BYTES_ACKED_AT = 120;
  private static final int BYTES_RECEIVED_AT = 128;
  private static final int NOT_SENT_BYTES_AT = 144;
  private static final int BYTES_SENT_AT = 200;
  private static final int BYTES_RETRANSMITTED_AT = 208;
  private static final int NEEDED_BYTES = 216;

  /**
   * Asks the kernel about the socket {@code fd}. Borrows the descriptor; any thread may ask.
   *
   * @throws LinuxException if the descriptor is no TCP socket
   * @throws UnsupportedOperationException if the kernel is older than 4.19 and does not count what
   *     was sent
   */
  public static TcpInfo read(int fd) throws LinuxException {
    var buffer = new byte[BUFFER_BYTES];
    int size = Libc.getSocketOption(fd, Libc.IPPROTO_TCP, TCP_INFO, buffer);
    if (size < NEEDED_BYTES) {
      throw new UnsupportedOperationException(
          "TCP_INFO: %d bytes (expected: >= %d, as of Linux 4.19)".formatted(size, NEEDED_BYTES));
    }
    var info = ByteBuffer.wrap(buffer).order(ByteOrder.nativeOrder());
    return new TcpInfo(
        info.get(STATE_AT),
        info.getInt(RTT_AT),
        info.getInt(RTT_VARIANCE_AT),
        info.getLong(BYTES_ACKED_AT),
        info.getLong(BYTES_RECEIVED_AT),
        info.getInt(NOT_SENT_BYTES_AT),
        info.getLong(BYTES_SENT_AT),
        info.getLong(BYTES_RETRANSMITTED_AT));
  }

  /**
   * How many bytes were ever put on this connection's stream: sent for the first time, or queued.
   * The basis of the credit that keeps kernel forwarding bounded.
   */
  public long bytesQueuedEver() {
    return bytesSent - bytesRetransmitted + Integer.toUnsignedLong(notSentBytes);
  }
}
