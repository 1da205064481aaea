package io.gatehouse.l7.downstream;

import io.gatehouse.l7.ListenerConfig;
import io.gatehouse.l7.exchange.ExchangeScope;
import io.gatehouse.l7.tls.HandshakeLimit;
import io.gatehouse.l7.tls.ServerTls;
import io.gatehouse.proxyprotocol.ProxyHeader;
import io.gatehouse.proxyprotocol.ProxyHeaderDecoder;
import io.gatehouse.proxyprotocol.TrustedPeers;
import io.gatehouse.transport.ReadGate;
import io.gatehouse.transport.Transport;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.UnixChannelOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One listener of the configuration: an SO_REUSEPORT socket per address and event loop, so that the
 * kernel spreads the connections and each stays on the loop that accepted it.
 *
 * <p>Bound and closed by the tier's thread; the loops read what is immutable and the count of open
 * connections, which is shared because its cap is.
 */
public final class Listener {
  private static final int BACKLOG = 4096;

  /** What a client is offered by ALPN, in this order. */
  private static final List<String> HTTP1 = List.of("http/1.1");

  private static final List<String> HTTP2_AND_1 = List.of(Intake.HTTP_2, "http/1.1");

  private final ListenerConfig config;
  private final int index;
  private final Drain drain;
  private final TrustedPeers trustedPeers;
  private final ProxyHeaderDecoder proxyHeaders;
  private final @Nullable ServerTls tls;
  private final @Nullable HandshakeLimit handshakeLimit;
  private final AtomicInteger openConnections = new AtomicInteger();
  private final List<Channel> sockets = new ArrayList<>();
  private volatile List<InetSocketAddress> addresses = List.of();

  /**
   * @param index its place among the listeners
   * @throws IllegalArgumentException if a certificate or a trusted network can't be used
   */
  public Listener(ListenerConfig config, int index, Drain drain, InstantSource clock) {
    this.config = config;
    this.index = index;
    this.drain = drain;
    try {
      var gate = config.proxyProtocol();
      this.trustedPeers = TrustedPeers.parse(gate.trusted());
      this.proxyHeaders =
          new ProxyHeaderDecoder(EnumSet.allOf(ProxyHeader.Version.class), gate.maxHeaderBytes());
      var secured = config.tls();
      var protocols = config.http2().enabled() ? HTTP2_AND_1 : HTTP1;
      this.tls = secured == null ? null : ServerTls.load(config.name(), secured, protocols, clock);
      this.handshakeLimit =
          secured == null ? null : new HandshakeLimit(secured.handshakes(), System.nanoTime());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "listener %s: %s".formatted(config.name(), e.getMessage()), e);
    }
  }

  /**
   * Listens.
   *
   * @param scopes one per loop
   * @throws UncheckedIOException if an address can't be bound; what was bound stays, to be closed
   */
  public void bind(Transport transport, List<ExchangeScope> scopes) {
    var bound = new ArrayList<InetSocketAddress>();
    for (InetSocketAddress address : config.listen()) {
      InetSocketAddress actual = address;
      for (ExchangeScope scope : scopes) {
        // The first loop turns a port 0 into the one that the others share.
        actual = bind(transport, scope, actual);
      }
      bound.add(actual);
    }
    addresses = List.copyOf(bound);
  }

  private InetSocketAddress bind(
      Transport transport, ExchangeScope scope, InetSocketAddress address) {
    int buffer = config.limits().bufferBytes();
    // Where reading from the backend resumes and stops, in bytes that wait for the client.
    var waterMark = new WriteBufferWaterMark(buffer / 2, buffer);
    var bootstrap =
        new ServerBootstrap()
            .group(scope.loop().eventLoop())
            .channel(transport.serverSocketChannel())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(UnixChannelOption.SO_REUSEPORT, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, waterMark)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    ReadGate.install(channel);
                    Intake.accept(Listener.this, scope, channel);
                  }
                });
    var future = bootstrap.bind(address).awaitUninterruptibly();
    if (!future.isSuccess()) {
      throw new UncheckedIOException(
          new IOException(
              "listener %s: can't listen on %s: %s"
                  .formatted(config.name(), address, future.cause().getMessage()),
              future.cause()));
    }
    sockets.add(future.channel());
    return (InetSocketAddress) future.channel().localAddress();
  }

  /** Stops listening, and waits until that is done. Connections go on. */
  public void stopListening() {
    sockets.forEach(Channel::close);
    sockets.forEach(socket -> socket.closeFuture().awaitUninterruptibly());
    addresses = List.of();
  }

  /** Gives back what it holds, once no connection is left. */
  public void release() {
    if (tls != null) {
      tls.close();
    }
  }

  public ListenerConfig config() {
    return config;
  }

  /** Where it listens; empty once it has stopped. */
  public List<InetSocketAddress> addresses() {
    return addresses;
  }

  /** Connections open now. */
  public int openConnections() {
    return openConnections.get();
  }

  /** Its certificates, if it has any. */
  public @Nullable ServerTls tls() {
    return tls;
  }

  @Nullable HandshakeLimit handshakeLimit() {
    return handshakeLimit;
  }

  int index() {
    return index;
  }

  Drain drain() {
    return drain;
  }

  TrustedPeers trustedPeers() {
    return trustedPeers;
  }

  ProxyHeaderDecoder proxyHeaders() {
    return proxyHeaders;
  }

  /** Counts a connection in; false if there are more than may be. It counts until it is closed. */
  boolean connectionOpened() {
    drain.opened();
    return openConnections.incrementAndGet() <= config.limits().maxConnections();
  }

  void connectionClosed() {
    openConnections.decrementAndGet();
    drain.closed();
  }
}
