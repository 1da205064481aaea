/**
 * Tier 1: accept, choose an L7 node by Maglev hashing, connect, write the PROXY header, hand the
 * pair of sockets to a data plane.
 */
@NullMarked
package io.gatehouse.l4;

import org.jspecify.annotations.NullMarked;
