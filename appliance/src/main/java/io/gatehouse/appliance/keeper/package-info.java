/**
 * {@code gatehouse keep}: a small process that starts a node, holds the descriptors which the node
 * wants to outlive it, and starts a successor with them. Start reading at {@link
 * io.gatehouse.appliance.keeper.Keeper}.
 */
@NullMarked
package io.gatehouse.appliance.keeper;

import org.jspecify.annotations.NullMarked;
