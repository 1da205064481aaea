package io.gatehouse.proxyprotocol;

/** What {@link ProxyHeaderDecoder} makes of the bytes received so far. */
public sealed interface Decoding {

  /**
   * Right so far, but not whole. Nothing was consumed.
   *
   * @param bytes how many more are needed at least, > 0; reading no more than these never takes a
   *     byte that follows the header
   */
  record NeedMore(int bytes) implements Decoding {}

  /**
   * A whole header. The reader index stands behind it.
   *
   * @param length of the header, in bytes
   */
  record Complete(ProxyHeader header, int length) implements Decoding {}

  /**
   * No header; the connection is to be closed without an answer. Nothing was consumed.
   *
   * @param message what was found and what was expected, fit for a log: no bytes of the peer's but
   *     in hexadecimal or checked to be plain
   */
  record Rejected(Rejection reason, String message) implements Decoding {}
}
