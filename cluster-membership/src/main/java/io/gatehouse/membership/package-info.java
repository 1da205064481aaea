/**
 * Who is here: a SWIM ring in the wire format of memberlist, so that Serf agents may be members.
 *
 * <p>Start reading at {@link io.gatehouse.membership.Ring}; what the rest of the program sees is
 * {@link io.gatehouse.membership.ClusterView}. The protocol is {@code Swim}, a state machine
 * without sockets, clocks or threads; {@code RingDriver} runs it on an event loop. What travels is
 * {@code Message}, written by {@code MessageEncoder} and read by {@code PacketDecoder} and {@code
 * StreamDecoder}.
 */
@NullMarked
package io.gatehouse.membership;

import org.jspecify.annotations.NullMarked;
