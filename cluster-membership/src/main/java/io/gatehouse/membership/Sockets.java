package io.gatehouse.membership;

import io.gatehouse.transport.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The two sockets of the ring, UDP and TCP on one port. Bound from any thread but the loop's, and
 * silent until {@link #open}; from then on owned by the loop.
 */
final class Sockets {
  /** With port 0 the TCP port that was found may be taken for UDP; then another is tried. */
  private static final int MAX_PORT_TRIES = 16;

  private final InetSocketAddress address;
  private final Channel datagrams;
  private final Channel streams;
  private final Acceptor acceptor;

  private Sockets(Channel datagrams, Channel streams, Acceptor acceptor) {
    this.address = (InetSocketAddress) streams.localAddress();
    this.datagrams = datagrams;
    this.streams = streams;
    this.acceptor = acceptor;
  }

  /**
   * @throws IllegalStateException if the address cannot be bound
   */
  static Sockets bind(InetSocketAddress bind, Transport transport, EventLoop loop) {
    for (int tries = 1; ; tries++) {
      var acceptor = new Acceptor();
      Channel streams = bindStreams(bind, transport, loop, acceptor);
      var address = (InetSocketAddress) streams.localAddress();
      ChannelFuture datagrams = bindDatagrams(address, transport, loop);
      if (datagrams.isSuccess()) {
        return new Sockets(datagrams.channel(), streams, acceptor);
      }
      streams.close().awaitUninterruptibly();
      if (bind.getPort() != 0 || tries == MAX_PORT_TRIES) {
        throw failure("UDP", address, datagrams);
      }
    }
  }

  private static Channel bindStreams(
      InetSocketAddress address, Transport transport, EventLoop loop, Acceptor acceptor) {
    var bound =
        new ServerBootstrap()
            .group(loop)
            .channelFactory(
                new ReflectiveChannelFactory<ServerSocketChannel>(transport.serverSocketChannel()))
            .option(ChannelOption.AUTO_READ, false)
            // A node that restarts must not wait for the streams of its earlier life.
            .option(ChannelOption.SO_REUSEADDR, true)
            .childHandler(acceptor)
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
        .option(ChannelOption.AUTO_READ, false)
        .option(
            ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(Limits.MAX_PACKET_BYTES))
        .handler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {}
            })
        .bind(address)
        .awaitUninterruptibly();
  }

  private static IllegalStateException failure(
      String protocol, InetSocketAddress address, ChannelFuture bound) {
    return new IllegalStateException(
        "the gossip ring cannot bind %s %s: %s".formatted(protocol, address, bound.cause()),
        bound.cause());
  }

  /** The address that is really bound. */
  InetSocketAddress address() {
    return address;
  }

  /** Lets traffic in. On the loop. */
  void open(RingDriver driver) {
    assert streams.eventLoop().inEventLoop();
    acceptor.driver = driver;
    datagrams.pipeline().addLast(new PacketHandler(driver));
    datagrams.config().setAutoRead(true);
    streams.config().setAutoRead(true);
  }

  Channel datagrams() {
    return datagrams;
  }

  /** Closes both. */
  void close() {
    datagrams.close();
    streams.close();
  }

  /** Waits until the port is free again. Not on the loop. */
  void awaitClosed() {
    datagrams.closeFuture().awaitUninterruptibly();
    streams.closeFuture().awaitUninterruptibly();
  }

  /** Gives accepted streams to the driver, which is there before the first is accepted. */
  private static final class Acceptor extends ChannelInitializer<SocketChannel> {
    private @Nullable RingDriver driver;

    @Override
    protected void initChannel(SocketChannel channel) {
      if (driver == null) {
        channel.close();
      } else {
        driver.accept(channel);
      }
    }
  }
}
