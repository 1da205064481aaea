package io.gatehouse.linux;

import java.nio.ByteBuffer;

/**
 * Asks the kernel about TCP connections ({@code TCP_INFO}, {@code linux/tcp.h}; the layout is the
 * same on x86_64 and aarch64) into memory that is used again: reading allocates nothing. What it
 * returns is of the last successful {@link #read}. Owned by one thread.
 */
public final class TcpInfoReader implements AutoCloseable {
  private static final int INFO_BYTES = 256;
  private static final int LENGTH_AT = INFO_BYTES;

  private static final int STATE_AT = 0;
  private static final int RTT_AT = 68;
  private static final int RTT_VARIANCE_AT = 72;
  private static final int BYTES_ACKED_AT = 120;
  private static final int BYTES_RECEIVED_AT = 128;
  private static final int NOT_SENT_BYTES_AT = 144;
  private static final int BYTES_SENT_AT = 200;
  private static final int BYTES_RETRANSMITTED_AT = 208;
  private static final int NEEDED_BYTES = 216;

  private final NativeBuffer buffer = NativeBuffer.allocate(INFO_BYTES + Integer.BYTES);
  private final ByteBuffer bytes = buffer.bytes();
  private boolean isOpen = true;

  /**
   * Asks about the socket {@code fd}, which is borrowed.
   *
   * @return 0 or minus the error number: EOPNOTSUPP if it is no TCP socket, or the kernel is older
   *     than 4.19 and does not count what was sent
   */
  public int read(int fd) {
    bytes.putInt(LENGTH_AT, INFO_BYTES);
    long address = buffer.address();
    int result =
        Libc.orError(
            Libc.CALLS.getsockopt(
                fd, Libc.IPPROTO_TCP, Libc.TCP_INFO, address, address + LENGTH_AT));
    return result == 0 && bytes.getInt(LENGTH_AT) < NEEDED_BYTES ? -Errno.EOPNOTSUPP : result;
  }

  /** 1 for established, 7 for closed; see {@code net/tcp_states.h}. */
  public int state() {
    return bytes.get(STATE_AT);
  }

  /** See {@link TcpInfo#bytesQueuedEver()}. */
  public long bytesQueuedEver() {
    return bytesSent() - bytesRetransmitted() + notSentBytes();
  }

  /** What arrived in order. */
  public long bytesReceived() {
    return bytes.getLong(BYTES_RECEIVED_AT);
  }

  /** What the peer acknowledged; counts the SYN as one more. */
  public long bytesAcked() {
    return bytes.getLong(BYTES_ACKED_AT);
  }

  /** What is queued and was never sent. */
  public long notSentBytes() {
    return Integer.toUnsignedLong(bytes.getInt(NOT_SENT_BYTES_AT));
  }

  /** Smoothed round-trip time. */
  public int rttMicros() {
    return bytes.getInt(RTT_AT);
  }

  int rttVarianceMicros() {
    return bytes.getInt(RTT_VARIANCE_AT);
  }

  long bytesSent() {
    return bytes.getLong(BYTES_SENT_AT);
  }

  long bytesRetransmitted() {
    return bytes.getLong(BYTES_RETRANSMITTED_AT);
  }

  @Override
  public void close() {
    if (isOpen) {
      isOpen = false;
      buffer.close();
    }
  }
}
