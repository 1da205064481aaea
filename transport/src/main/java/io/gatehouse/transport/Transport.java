package io.gatehouse.transport;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.List;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * How this process talks to the kernel: the I/O mechanism and the channel classes that belong to
 * it. Immutable; chosen once at start and passed to whatever opens sockets.
 *
 * @param name {@code io_uring} or {@code epoll}, as it appears in logs, metrics and {@code /status}
 * @param reason why this one was chosen, for the operator
 */
public record Transport(
    String name,
    String reason,
    Class<? extends ServerSocketChannel> serverSocketChannel,
    Class<? extends SocketChannel> socketChannel,
    Class<? extends DatagramChannel> datagramChannel) {

  /** What the configuration may ask for. */
  public enum Choice {
    AUTO,
    IO_URING,
    EPOLL
  }

  /**
   * Picks the transport.
   *
   * @throws IllegalStateException if the choice is forced and the kernel does not offer it; the
   *     message says what to do
   */
  public static Transport choose(Choice choice) {
    return switch (choice) {
      case IO_URING -> {
        if (!IoUring.isAvailable()) {
          throw new IllegalStateException(
              "transport io_uring is not available here: "
                  + rootMessage(IoUring.unavailabilityCause())
                  + " (set transport: auto or epoll)");
        }
        yield ioUring("forced by the configuration");
      }
      case EPOLL -> epoll("forced by the configuration");
      case AUTO ->
          IoUring.isAvailable()
              ? ioUring("offered by the kernel")
              : epoll("io_uring is not available: " + rootMessage(IoUring.unavailabilityCause()));
    };
  }

  private static Transport ioUring(String reason) {
    return new Transport(
        "io_uring",
        reason,
        IoUringServerSocketChannel.class,
        IoUringSocketChannel.class,
        IoUringDatagramChannel.class);
  }

  private static Transport epoll(String reason) {
    Epoll.ensureAvailability();
    return new Transport(
        "epoll",
        reason,
        EpollServerSocketChannel.class,
        EpollSocketChannel.class,
        EpollDatagramChannel.class);
  }

  /** Starts {@code threads} event loops of this transport, named {@code name-1}, {@code name-2}… */
  public EventLoopGroup eventLoops(String name, int threads) {
    IoHandlerFactory handler =
        serverSocketChannel == IoUringServerSocketChannel.class
            ? IoUringIoHandler.newFactory()
            : QuietEpoll.factory();
    return new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory(name), handler);
  }

  /** The loops of a group, in a fixed order: listeners, pools and counters are one per loop. */
  public static List<EventLoop> loops(EventLoopGroup group) {
    return StreamSupport.stream(group.spliterator(), false).map(EventLoop.class::cast).toList();
  }

  /**
   * Whether a channel tells of a reset that came together with the last bytes. Netty's io_uring
   * channels (4.2.18) do not: ask them for a pending error now and then.
   */
  public static boolean noticesEveryReset(Channel channel) {
    return channel instanceof EpollSocketChannel;
  }

  private static String rootMessage(@Nullable Throwable cause) {
    if (cause == null) {
      return "no cause given";
    }
    Throwable root = cause;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }
}
