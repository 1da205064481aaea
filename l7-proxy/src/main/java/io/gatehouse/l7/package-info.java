/**
 * Tier 2: TLS, HTTP, routing, upstreams. A request's phases, in order: accept, identify, read head,
 * route, admit, choose endpoint, attempt, respond, record.
 */
@NullMarked
package io.gatehouse.l7;

import org.jspecify.annotations.NullMarked;
