/**
 * HTTP/2 on a channel, the same for clients and backends: frames ({@link
 * io.gatehouse.l7.h2.FrameReader}, {@link io.gatehouse.l7.h2.FrameWriter}) and field sections,
 * which are read into and written from a {@link io.gatehouse.l7.http.HeaderBlock}. What a
 * connection and its streams are belongs to the two sides.
 */
@NullMarked
package io.gatehouse.l7.h2;

import org.jspecify.annotations.NullMarked;
