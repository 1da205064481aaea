package io.gatehouse.proxyprotocol;

import io.gatehouse.proxyprotocol.ProxyHeader.Version;
import io.netty.buffer.ByteBuf;
import java.util.EnumSet;
import java.util.Set;

/**
 * Reads the PROXY header that opens a connection, or a datagram.
 *
 * <p>Immutable and without state between calls: the caller gathers bytes in its buffer and asks
 * again whenever more have come. A header is delivered only when it is whole and right; it is
 * refused at the first byte that cannot belong to one, and the bytes after it are never touched.
 * Whatever the bytes, no call throws.
 *
 * <p>What belongs to the caller: to ask only peers it trusts ({@link TrustedPeers}), to close the
 * connection when a header is not whole by a deadline (the specification asks for at least 3 s;
 * there is no clock here), and to treat {@link Decoding.NeedMore} as a refusal at the end of a
 * datagram.
 */
public final class ProxyHeaderDecoder {
  /** Default limit: room for addresses, a unique id, TLS details and a client certificate. */
  public static final int DEFAULT_MAX_HEADER_BYTES = 4096;

  /** Smallest limit: the longest header without TLVs, which is that of UNIX addresses. */
  public static final int MIN_MAX_HEADER_BYTES =
      V2Layout.FIXED_BYTES + 2 * Addresses.Unix.MAX_PATH_BYTES;

  private static final int SHORTEST_V1_BYTES = "PROXY UNKNOWN\r\n".length();

  private final boolean acceptsV1;
  private final boolean acceptsV2;
  private final int maxHeaderBytes;

  /** Accepts both versions, up to 4096 bytes. */
  public ProxyHeaderDecoder() {
    this(EnumSet.allOf(Version.class), DEFAULT_MAX_HEADER_BYTES);
  }

  /**
   * @param accepted the versions that are accepted; at least one
   * @param maxHeaderBytes the longest header that is accepted, addresses and TLVs included; at
   *     least 232. Raising it lets peers make this process hold more per connection; lowering it
   *     refuses headers with large TLVs
   * @throws IllegalArgumentException if no version is accepted or the limit is too small
   */
  public ProxyHeaderDecoder(Set<Version> accepted, int maxHeaderBytes) {
    if (accepted.isEmpty()) {
      throw new IllegalArgumentException("accepted versions: none (expected: V1, V2 or both)");
    }
    if (maxHeaderBytes < MIN_MAX_HEADER_BYTES) {
      throw new IllegalArgumentException(
          "maxHeaderBytes: %d (expected: >= %d)".formatted(maxHeaderBytes, MIN_MAX_HEADER_BYTES));
    }
    this.acceptsV1 = accepted.contains(Version.V1);
    this.acceptsV2 = accepted.contains(Version.V2);
    this.maxHeaderBytes = maxHeaderBytes;
  }

  /**
   * Looks at what has been received. Borrows the buffer: it is read, never released or kept, and
   * its reader index moves only behind a {@link Decoding.Complete} header.
   */
  public Decoding decode(ByteBuf in) {
    if (!in.isReadable()) {
      return new Decoding.NeedMore(acceptsV1 ? SHORTEST_V1_BYTES : V2Layout.FIXED_BYTES);
    }
    try {
      byte first = in.getByte(in.readerIndex());
      if (acceptsV2 && first == V2Layout.signatureByte(0)) {
        return V2Parser.decode(in, maxHeaderBytes);
      }
      if (acceptsV1 && first == V1Line.FIRST_BYTE) {
        return V1Line.decode(in);
      }
      return new Decoding.Rejected(
          Rejection.NOT_A_PROXY_HEADER,
          "byte 0 is 0x%02x (expected: %s)".formatted(first, expectedFirstBytes()));
    } catch (RejectedHeaderException e) {
      return e.rejected();
    }
  }

  private String expectedFirstBytes() {
    if (acceptsV1 && acceptsV2) {
      return "0x0d of version 2 or 0x50 of version 1";
    }
    return acceptsV2 ? "0x0d; only version 2 is accepted" : "0x50; only version 1 is accepted";
  }
}
