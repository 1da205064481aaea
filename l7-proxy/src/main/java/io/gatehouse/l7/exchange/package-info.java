/**
 * One request's life, whatever protocol the client speaks: {@link
 * io.gatehouse.l7.exchange.Exchange} holds its phases in one place, in one order.
 */
@NullMarked
package io.gatehouse.l7.exchange;

import org.jspecify.annotations.NullMarked;
