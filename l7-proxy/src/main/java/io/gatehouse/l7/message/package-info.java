/**
 * HTTP/1.x messages on a channel: {@link io.gatehouse.l7.message.MessageReader} and {@link
 * io.gatehouse.l7.message.MessageWriter}.
 */
@NullMarked
package io.gatehouse.l7.message;

import org.jspecify.annotations.NullMarked;
