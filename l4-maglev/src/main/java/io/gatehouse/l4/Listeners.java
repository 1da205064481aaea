package io.gatehouse.l4;

import io.gatehouse.transport.Transport;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The listening sockets of one service: per address one SO_REUSEPORT listener for each event loop,
 * among which the kernel spreads the connections.
 *
 * <p>Opened and closed by the thread that starts and stops the tier.
 */
final class Listeners {
  private final List<Channel> channels = new ArrayList<>();
  private final List<InetSocketAddress> bound = new ArrayList<>();

  /**
   * Opens all of them, or none.
   *
   * @param workers the service on each loop
   * @throws IllegalStateException if an address cannot be bound
   */
  static Listeners open(ServiceConfig service, Transport transport, List<ServiceWorker> workers) {
    var listeners = new Listeners();
    try {
      for (InetSocketAddress address : service.listen()) {
        listeners.open(address, transport, workers);
      }
      return listeners;
    } catch (BindFailure e) {
      listeners.close().join();
      throw new IllegalStateException(
          "service %s cannot listen on %s: %s".formatted(service.name(), e.address, e.getMessage()),
          e);
    }
  }

  private void open(InetSocketAddress address, Transport transport, List<ServiceWorker> workers) {
    var at = address;
    for (ServiceWorker worker : workers) {
      var future = bootstrap(transport, worker).bind(at).awaitUninterruptibly();
      if (!future.isSuccess()) {
        throw new BindFailure(at, future.cause());
      }
      channels.add(future.channel());
      // With port 0 the first loop's listener picks the port of them all.
      at = (InetSocketAddress) future.channel().localAddress();
    }
    bound.add(at);
  }

  private static ServerBootstrap bootstrap(Transport transport, ServiceWorker worker) {
    var loop = worker.loop().eventLoop();
    return new ServerBootstrap()
        .group(loop, loop)
        .channel(transport.serverSocketChannel())
        .option(UnixChannelOption.SO_REUSEPORT, true)
        .option(ChannelOption.SO_REUSEADDR, true)
        .option(ChannelOption.SO_BACKLOG, NetUtil.SOMAXCONN)
        .childOption(ChannelOption.AUTO_READ, false)
        .handler(new AcceptFailures(worker))
        .childHandler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                worker.accepted(channel);
              }
            });
  }

  List<InetSocketAddress> bound() {
    return List.copyOf(bound);
  }

  /** Closes all of them; completes when all are closed. */
  CompletableFuture<Void> close() {
    var closed = new ArrayList<CompletableFuture<Void>>();
    for (Channel channel : channels) {
      var one = new CompletableFuture<Void>();
      channel.close().addListener(done -> one.complete(null));
      closed.add(one);
    }
    return CompletableFuture.allOf(closed.toArray(CompletableFuture<?>[]::new));
  }

  private static final class AcceptFailures extends ChannelInboundHandlerAdapter {
    private final ServiceWorker worker;

    AcceptFailures(ServiceWorker worker) {
      this.worker = worker;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      worker.acceptFailed(String.valueOf(cause.getMessage()));
      // The acceptor behind pauses accepting for a second.
      ctx.fireExceptionCaught(cause);
    }
  }

  private static final class BindFailure extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient InetSocketAddress address;

    BindFailure(InetSocketAddress address, Throwable cause) {
      super(cause.getMessage(), cause);
      this.address = address;
    }
  }
}
