package io.gatehouse.membership;

import io.gatehouse.transport.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.ServerSocketChannel;
import java.net.InetSocketAddress;

/**
 * The two sockets of the ring, UDP and TCP on one port. Bound and closed from any thread but the
 * loop's; the channels belong to the loop.
 *
 * @param address the address that is really bound
 */
record Sockets(InetSocketAddress address, Channel datagrams, Channel streams, EventLoop loop) {
  /** With port 0 the TCP port may be taken for UDP; then another is tried. */
  private static final int MAX_PORT_TRIES = 16;

  static Sockets bind(InetSocketAddress bind, Transport transport, EventLoop loop) {
    for (int tries = 1; ; tries++) {
      Channel streams = bindStreams(bind, transport, loop);
      var address = (InetSocketAddress) streams.localAddress();
      ChannelFuture datagrams = bindDatagrams(address, transport, loop);
      if (datagrams.isSuccess()) {
        return new Sockets(address, datagrams.channel(), streams, loop);
      }
      streams.close().awaitUninterruptibly();
      if (bind.getPort() != 0 || tries == MAX_PORT_TRIES) {
        throw failure("UDP", address, datagrams);
      }
    }
  }

  private static Channel bindStreams(
      InetSocketAddress address, Transport transport, EventLoop loop) {
    var bound =
        new ServerBootstrap()
            .group(loop)
            .channelFactory(
                new ReflectiveChannelFactory<ServerSocketChannel>(transport.serverSocketChannel()))
            .childHandler(new ChannelInboundHandlerAdapter())
            .bind(address)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw failure("TCP", address, bound);
    }
    return bound.channel();
  }

  private static ChannelFuture bindDatagrams(
      InetSocketAddress address, Transport transport, EventLoop loop) {
    return new Bootstrap()
        .group(loop)
        .channelFactory(new ReflectiveChannelFactory<DatagramChannel>(transport.datagramChannel()))
        .handler(new ChannelInboundHandlerAdapter())
        .bind(address)
        .awaitUninterruptibly();
  }

  private static IllegalStateException failure(
      String protocol, InetSocketAddress address, ChannelFuture bound) {
    return new IllegalStateException(
        "the gossip ring cannot bind %s %s: %s".formatted(protocol, address, bound.cause()),
        bound.cause());
  }

  /** Closes both; waits for it unless called on the loop. */
  void close() {
    ChannelFuture first = datagrams.close();
    ChannelFuture second = streams.close();
    if (!loop.inEventLoop()) {
      first.awaitUninterruptibly();
      second.awaitUninterruptibly();
    }
  }
}
