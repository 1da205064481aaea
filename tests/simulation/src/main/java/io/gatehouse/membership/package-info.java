/**
 * Rings of thousands of nodes in one JVM and in virtual time. The state machines and their packets
 * are the product's own; the network, the clocks and the processes are this. Start reading at
 * {@link io.gatehouse.membership.Scenario}, which says what happens, and {@link
 * io.gatehouse.membership.SimulatedRing}, which lets it happen.
 */
@NullMarked
package io.gatehouse.membership;

import org.jspecify.annotations.NullMarked;
