/**
 * The client's side: listeners, the PROXY gate, TLS, and connections of HTTP/1.1 and HTTP/2. Start
 * reading at {@link io.gatehouse.l7.downstream.Listener}; a connection goes through {@code Intake}
 * (accept, identify) to {@code ClientConnection}, or to {@code Http2ClientConnection}.
 */
@NullMarked
package io.gatehouse.l7.downstream;

import org.jspecify.annotations.NullMarked;
