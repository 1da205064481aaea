/**
 * The only native code of Gatehouse: system calls through jnr-ffi, and the service manager's
 * notification protocol. Nothing outside this package calls into C.
 *
 * <p>The data path's calls return a result or minus an error number ({@link
 * io.gatehouse.linux.Errno}) and allocate nothing: start at {@link io.gatehouse.linux.Sockets},
 * {@link io.gatehouse.linux.Epoll} and {@link io.gatehouse.linux.TcpInfoReader}. What is done once,
 * such as opening and mapping, throws {@link io.gatehouse.linux.LinuxException}.
 *
 * <p>BPF needs no compiler: {@link io.gatehouse.linux.BpfAssembler} writes a program, {@link
 * io.gatehouse.linux.BpfProgram} loads it, {@link io.gatehouse.linux.BpfMap}, {@link
 * io.gatehouse.linux.SharedMemory} and {@link io.gatehouse.linux.RingBuffer} speak with it. {@link
 * io.gatehouse.linux.Capabilities} and {@link io.gatehouse.linux.KernelVersion} tell what the
 * kernel allows.
 *
 * <p>{@link io.gatehouse.linux.ServiceNotifier} tells the service manager, {@link
 * io.gatehouse.linux.DescriptorStore} leaves it what is to outlive the process. {@link
 * io.gatehouse.linux.NotificationSocket} and {@link io.gatehouse.linux.SpawnedProcess} are the
 * manager's side of both.
 */
@NullMarked
package io.gatehouse.linux;

import org.jspecify.annotations.NullMarked;
