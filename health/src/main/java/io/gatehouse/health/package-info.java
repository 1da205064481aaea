/**
 * What works: probes with rise and fall, evidence from the ring, and the one immutable {@link
 * io.gatehouse.health.HealthSnapshot} that both tiers read.
 */
@NullMarked
package io.gatehouse.health;

import org.jspecify.annotations.NullMarked;
