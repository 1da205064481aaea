package io.gatehouse.l4;

import java.util.Set;

/** What a PROXY v2 header says besides addresses. */
public enum HeaderTlv {
  /** The connection's name, under which both tiers log it. */
  UNIQUE_ID,
  /** A checksum of the header. */
  CRC32C,
  /** The server name that a TLS client asks for. */
  AUTHORITY,
  /** The application protocol that a TLS client would like best. */
  ALPN,
  /** Proof that a node of the cluster has written the header. */
  SIGNED_ORIGIN;

  /** What is sent unless the operator asks for more. */
  public static final Set<HeaderTlv> DEFAULT = Set.of(UNIQUE_ID, CRC32C);

  /** Whether it is known only once the client has shown its ClientHello. */
  boolean needsHello() {
    return this == AUTHORITY || this == ALPN;
  }
}
