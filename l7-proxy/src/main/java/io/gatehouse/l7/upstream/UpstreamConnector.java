package io.gatehouse.l7.upstream;

import io.gatehouse.l7.L7Counter;
import io.gatehouse.l7.loop.Loop;
import io.gatehouse.transport.ReadGate;
import io.gatehouse.transport.Transport;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelOption;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.socket.SocketChannel;

/** Makes the upstream connections of one loop. Owned by its loop's thread. */
public final class UpstreamConnector {
  private final Loop loop;
  private final ChannelFactory<? extends SocketChannel> channels;

  public UpstreamConnector(Loop loop, Transport transport) {
    this.loop = loop;
    this.channels = new ReflectiveChannelFactory<>(transport.socketChannel());
  }

  Loop loop() {
    return loop;
  }

  /** A channel that holds one of the endpoint's cap, given back when its channel closes. */
  @SuppressWarnings("deprecation") // AUTO_CLOSE is the only way to outlive a failed write
  SocketChannel newChannel(UpstreamEndpoint endpoint) {
    assert loop.eventLoop().inEventLoop();
    SocketChannel channel = channels.newChannel();
    ReadGate.install(channel);
    channel.config().setOption(ChannelOption.TCP_NODELAY, true);
    channel.config().setOption(ChannelOption.WRITE_BUFFER_WATER_MARK, endpoint.waterMark());
    // Its own deadline counts; Netty's would be a task per connection.
    channel.config().setOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0);
    // A backend may answer early and stop reading: its answer is read although writing failed.
    channel.config().setOption(ChannelOption.AUTO_CLOSE, false);
    loop.count(L7Counter.UPSTREAM_CONNECTIONS);
    loop.counters().add(L7Counter.UPSTREAM_CONNECTIONS_OPEN, 1);
    channel
        .closeFuture()
        .addListener(
            closed -> {
              loop.counters().add(L7Counter.UPSTREAM_CONNECTIONS_OPEN, -1);
              endpoint.returnConnection();
            });
    loop.eventLoop().register(channel);
    return channel;
  }
}
