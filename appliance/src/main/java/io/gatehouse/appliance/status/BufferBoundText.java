package io.gatehouse.appliance.status;

import io.gatehouse.l7.BufferBound;

/** How much memory a listener's limits amount to, in a line for people. */
public final class BufferBoundText {
  private BufferBoundText() {}

  /** Without a newline. */
  public static String of(BufferBound bound) {
    var http2 =
        bound.http2Bytes() == 0
            ? ""
            : ", %s for one of HTTP/2 with all its streams"
                .formatted(Quantities.bytes(bound.http2Bytes()));
    return "listener '%s': buffers take at most %s for a connection of HTTP/1.1%s; %s for all %s, of"
            .formatted(
                bound.listener(),
                Quantities.bytes(bound.http1Bytes()),
                http2,
                Quantities.bytes(bound.allBytes()),
                Quantities.count(bound.maxConnections()))
        + " which process.bufferMemory is the bound";
  }
}
