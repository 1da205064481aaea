package io.gatehouse.l7.loop;

import io.netty.channel.Channel;

/**
 * Notices a peer that takes no byte of what waits for it. It looks once per tick at how much was
 * written and how much of that still waits, and costs nothing on the path of the data. Owned by its
 * channel's event loop.
 */
public final class WriteWatch {
  private long lastTakenBytes;
  private long lastProgressNanos;

  /**
   * Whether bytes have been waiting for this long without any having been taken.
   *
   * @param writtenBytes all that was ever written to the channel
   */
  public boolean isStalled(Channel channel, long writtenBytes, long nowNanos, long limitNanos) {
    var outbound = channel.unsafe().outboundBuffer();
    long pendingBytes = outbound == null ? 0 : outbound.totalPendingWriteBytes();
    long takenBytes = writtenBytes - pendingBytes;
    if (pendingBytes == 0 || takenBytes != lastTakenBytes) {
      lastProgressNanos = nowNanos;
      lastTakenBytes = takenBytes;
      return false;
    }
    return nowNanos - lastProgressNanos >= limitNanos;
  }
}
