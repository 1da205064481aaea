/**
 * The HTTP message engine: heads and bodies as bytes, without channels or threads.
 *
 * <p>A head is one flat {@link io.gatehouse.l7.http.HeaderBlock}: one byte array plus offsets, as
 * HAProxy's HTX keeps it. {@link io.gatehouse.l7.http.RequestParser} and {@link
 * io.gatehouse.l7.http.ResponseParser} fill it, {@link io.gatehouse.l7.http.HopByHop}, {@link
 * io.gatehouse.l7.http.ForwardedHeaders} and {@link io.gatehouse.l7.http.RequestTarget} edit it,
 * {@link io.gatehouse.l7.http.HeadWriter} emits it. {@link io.gatehouse.l7.http.BodyReader}
 * delimits the body that follows. Nothing here allocates per message once warm.
 *
 * <p>One rule decides every doubtful case: a message that two parsers could read differently is
 * refused, with a reason of its own in {@link io.gatehouse.l7.http.HttpViolation}.
 *
 * <p>The order for a request: parse, normalise the target, route, strip hop-by-hop fields, set the
 * forwarded fields, declare the framing, write. Stripping comes before setting, so that a client's
 * {@code Connection} header can't name a field that Gatehouse adds.
 */
@NullMarked
package io.gatehouse.l7.http;

import org.jspecify.annotations.NullMarked;
