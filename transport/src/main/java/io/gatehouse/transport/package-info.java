/**
 * Event loops and sockets: io_uring where the kernel offers it, epoll otherwise, chosen once at
 * start. Start reading at {@link io.gatehouse.transport.Transport}.
 */
@NullMarked
package io.gatehouse.transport;

import org.jspecify.annotations.NullMarked;
