/**
 * The wire format between the tiers: PROXY protocol v1 and v2 with every TLV, and who may be
 * trusted to send it. The specification is HAProxy's {@code doc/proxy-protocol.txt}; section
 * numbers in this package are its own.
 *
 * <p>Start reading at {@link io.gatehouse.proxyprotocol.ProxyHeader}, which says what a header can
 * be, then {@link io.gatehouse.proxyprotocol.ProxyHeaderDecoder} and {@link
 * io.gatehouse.proxyprotocol.ProxyHeaderEncoder}. {@link io.gatehouse.proxyprotocol.TrustedPeers}
 * and {@link io.gatehouse.proxyprotocol.SignedOrigin} say whom to believe.
 */
@NullMarked
package io.gatehouse.proxyprotocol;

import org.jspecify.annotations.NullMarked;
