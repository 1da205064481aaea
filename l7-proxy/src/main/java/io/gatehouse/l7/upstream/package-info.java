/**
 * Connections to backends. Each event loop keeps its own to each endpoint ({@link
 * io.gatehouse.l7.upstream.LoopPool}); a connection carries one request at a time ({@link
 * io.gatehouse.l7.upstream.UpstreamConnection}).
 */
@NullMarked
package io.gatehouse.l7.upstream;

import org.jspecify.annotations.NullMarked;
