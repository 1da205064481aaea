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
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Opens the endpoint's side of a connection and writes the PROXY header to it, fully, before
 * anything else. Owned by one event loop.
 */
final class Connector {
  private final ReflectiveChannelFactory<? extends SocketChannel> sockets;
  private final VirtualService service;
  private final L4Loop loop;
  private final List<InetAddress> sources;
  private int nextSource;

  /**
   * @param sources to connect from, in turn; empty leaves the choice to the kernel
   */
  Connector(
      Class<? extends SocketChannel> socketChannel,
      VirtualService service,
      L4Loop loop,
      List<InetAddress> sources) {
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
    SocketChannel channel;
    try {
      channel = sockets.newChannel();
    } catch (ChannelException e) {
      loop.eventLoop().execute(() -> connection.connectFailed(ConnectFailure.noSocket(e)));
      return;
    }
    var upstream = new Setup(channel, service.buffers());
    var timeoutMillis = NANOSECONDS.toMillis(service.config().timeouts().connectNanos());
    channel.config().setConnectTimeoutMillis(Math.clamp(timeoutMillis, 1, Integer.MAX_VALUE));
    loop.eventLoop().register(channel);
    connection.connecting(channel);
    begin(endpoint, upstream)
        .addListener(
            done -> {
              if (done.isSuccess()) {
                writeHeader(connection, upstream);
              } else {
                upstream.discard();
                connection.connectFailed(ConnectFailure.ofConnect(done.cause()));
              }
            });
  }

  private ChannelFuture begin(Endpoint endpoint, Setup upstream) {
    var source = source(endpoint.address().getAddress());
    if (source == null) {
      return upstream.channel().connect(endpoint.address());
    }
    SocketOptions.leavePortToConnect(upstream.channel());
    return upstream.channel().connect(endpoint.address(), new InetSocketAddress(source, 0));
  }

  /** The next source address of the destination's family; null if there is none. */
  private @Nullable InetAddress source(InetAddress destination) {
    for (int i = 0; i < sources.size(); i++) {
      nextSource = (nextSource + 1) % sources.size();
      var source = sources.get(nextSource);
      if (source.getClass() == destination.getClass()) {
        return source;
      }
    }
    return null;
  }

  private void writeHeader(Connection connection, Setup upstream) {
    var channel = upstream.channel();
    ByteBuf header =
        HeaderWriter.header(service.config().proxyProtocol(), connection, channel.alloc());
    if (header == null) {
      connection.connected(upstream);
      return;
    }
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
