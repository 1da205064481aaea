/**
 * Who is here: a SWIM ring in the wire format of memberlist. Start reading at {@link
 * io.gatehouse.membership.Ring}; what the rest of the program sees is {@link
 * io.gatehouse.membership.ClusterView}.
 */
@NullMarked
package io.gatehouse.membership;

import org.jspecify.annotations.NullMarked;
