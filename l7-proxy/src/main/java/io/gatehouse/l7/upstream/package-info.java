/**
 * Connections to backends. Each event loop keeps its own to each endpoint ({@link
 * io.gatehouse.l7.upstream.LoopPool}) and hands them out as {@link
 * io.gatehouse.l7.upstream.UpstreamStream}s, each of which carries one request. The framing of the
 * backend's protocol stays behind that interface: {@code Http1Upstream} is HTTP/1.1's.
 */
@NullMarked
package io.gatehouse.l7.upstream;

import org.jspecify.annotations.NullMarked;
