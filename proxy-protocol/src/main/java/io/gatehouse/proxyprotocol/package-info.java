/**
 * The wire format between the tiers: PROXY protocol v1 and v2 with every TLV, and who may be
 * trusted to send it.
 */
@NullMarked
package io.gatehouse.proxyprotocol;

import org.jspecify.annotations.NullMarked;
