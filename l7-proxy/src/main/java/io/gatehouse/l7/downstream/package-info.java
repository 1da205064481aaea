/**
 * The client's side: listeners, the PROXY gate, TLS, and HTTP/1.1 connections. Start reading at
 * {@link io.gatehouse.l7.downstream.Listener}; a connection goes through {@code Intake} (accept,
 * identify) to {@code ClientConnection}.
 */
@NullMarked
package io.gatehouse.l7.downstream;

import org.jspecify.annotations.NullMarked;
