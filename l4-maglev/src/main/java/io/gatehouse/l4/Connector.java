package io.gatehouse.l4;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.gatehouse.health.Endpoint;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.socket.SocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Opens the endpoint's side of a connection and writes the PROXY header to it, fully, before
 * anything else. Owned by one event loop.
 */
final class Connector {
  private final ReflectiveChannelFactory<? extends SocketChannel> sockets;
  private final VirtualService service;
  private final L4Loop loop;
  private final SourceAddresses sources;
  private final HeaderWriter headers;

  /**
   * @param sources to connect from; shared by all loops
   */
  Connector(
      Class<? extends SocketChannel> socketChannel,
      VirtualService service,
      L4Loop loop,
      SourceAddresses sources,
      HeaderWriter headers) {
    this.headers = headers;
    this.sockets = new ReflectiveChannelFactory<>(socketChannel);
    this.service = service;
    this.loop = loop;
    this.sources = sources;
  }

  /**
   * Begins to connect. The {@code connection} is told of the channel, to be closed if it ends
   * first, and then of the outcome: within this call or later.
   */
  void connect(Endpoint endpoint, Connection connection) {
    var choice = sources.next(endpoint.address(), loop.nowNanos());
    if (choice instanceof SourceAddresses.Exhausted) {
      loop.shard().increment(L4Counter.SOURCE_PORTS_EXHAUSTED);
      loop.eventLoop().execute(() -> connection.connectFailed(ConnectFailure.NO_SOURCE_PORT));
      return;
    }
    SocketChannel channel;
    try {
      channel = sockets.newChannel();
    } catch (ChannelException e) {
      service.shed(loop.nowNanos());
      loop.eventLoop().execute(() -> connection.connectFailed(ConnectFailure.noSocket(e)));
      return;
    }
    var upstream = new Setup(channel, service.buffers());
    var timeoutMillis = NANOSECONDS.toMillis(service.config().timeouts().connectNanos());
    channel.config().setConnectTimeoutMillis(Math.clamp(timeoutMillis, 1, Integer.MAX_VALUE));
    loop.eventLoop().register(channel);
    connection.connecting(channel);
    begin(endpoint, upstream, choice)
        .addListener(
            done -> {
              if (done.isSuccess()) {
                writeHeader(connection, upstream);
              } else {
                upstream.discard();
                var failure = ConnectFailure.ofConnect(done.cause());
                if (failure.equals(ConnectFailure.NO_SOURCE_PORT)) {
                  exhausted(choice, endpoint);
                }
                connection.connectFailed(failure);
              }
            });
  }

  private ChannelFuture begin(Endpoint endpoint, Setup upstream, SourceAddresses.Choice choice) {
    if (!(choice instanceof SourceAddresses.Bound(InetAddress source))) {
      return upstream.channel().connect(endpoint.address());
    }
    sources.begin(source, endpoint.address(), loop.nowNanos());
    upstream
        .channel()
        .closeFuture()
        .addListener(closed -> sources.ended(source, endpoint.address()));
    SocketOptions.leavePortToConnect(upstream.channel());
    return upstream.channel().connect(endpoint.address(), new InetSocketAddress(source, 0));
  }

  private void exhausted(SourceAddresses.Choice choice, Endpoint endpoint) {
    loop.shard().increment(L4Counter.SOURCE_PORTS_EXHAUSTED);
    if (choice instanceof SourceAddresses.Bound(InetAddress source)) {
      sources.exhausted(source, endpoint.address(), loop.nowNanos());
    }
  }

  private void writeHeader(Connection connection, Setup upstream) {
    var channel = upstream.channel();
    ByteBuf header = channel.alloc().buffer(HeaderWriter.MAX_BYTES, HeaderWriter.MAX_BYTES);
    int length =
        headers.write(
            service.routes().own(),
            connection.clientAddress(),
            connection.localAddress(),
            connection.uniqueId(),
            null,
            System.currentTimeMillis(),
            header.nioBuffer(0, HeaderWriter.MAX_BYTES));
    if (length == 0) {
      header.release();
      connection.connected(upstream);
      return;
    }
    header.writerIndex(length);
    channel
        .writeAndFlush(header)
        .addListener(
            done -> {
              if (done.isSuccess()) {
                connection.connected(upstream);
              } else {
                upstream.discard();
                connection.connectFailed(ConnectFailure.ofHeader(done.cause()));
              }
            });
  }
}
