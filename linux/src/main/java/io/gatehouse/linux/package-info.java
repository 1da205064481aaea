/**
 * The only native code of Gatehouse: system calls through jnr-ffi, and the service manager's
 * notification protocol. Nothing outside this package calls into C.
 *
 * <p>Start reading at {@link io.gatehouse.linux.ServiceNotifier}; {@link
 * io.gatehouse.linux.TcpInfo} and {@link io.gatehouse.linux.SocketOption} ask and tell the kernel
 * about one socket, {@link io.gatehouse.linux.Capabilities} and {@link
 * io.gatehouse.linux.KernelVersion} about what it allows.
 */
@NullMarked
package io.gatehouse.linux;

import org.jspecify.annotations.NullMarked;
