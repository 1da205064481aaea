/**
 * Carries the bytes of established connections, in the kernel or in this process, and leaves them
 * to a successor. Start with {@link io.gatehouse.l4.plane.Flows}; then {@link
 * io.gatehouse.l4.plane.Flow} and the two {@code Direction}s; {@link
 * io.gatehouse.l4.plane.FlowTable} is what outlives the process.
 */
@NullMarked
package io.gatehouse.l4.plane;

import org.jspecify.annotations.NullMarked;
