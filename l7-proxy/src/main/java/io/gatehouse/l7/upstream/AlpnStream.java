package io.gatehouse.l7.upstream;

import io.gatehouse.l7.RouteConfig;
import io.gatehouse.l7.http.BodyFraming;
import io.gatehouse.l7.http.HeaderBlock;
import io.netty.buffer.ByteBuf;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A way through a new connection whose protocol is not known yet: it connects, and from then on is
 * the way in the protocol that the endpoint has chosen.
 *
 * <p>Owned by its loop's thread.
 */
final class AlpnStream implements UpstreamStream, Dial.Caller {
  private final AlpnConnections connections;
  private final LoopPool pool;
  private final SocketChannel channel;
  private @Nullable UpstreamEvents user;
  private @Nullable UpstreamStream chosen;
  private RouteConfig.Timeouts timeouts = RouteConfig.Timeouts.DEFAULT;

  AlpnStream(AlpnConnections connections, LoopPool pool, SocketChannel channel) {
    this.connections = connections;
    this.pool = pool;
    this.channel = channel;
  }

  @Override
  public void use(UpstreamEvents exchange, RouteConfig.Timeouts routeTimeouts) {
    user = exchange;
    timeouts = routeTimeouts;
    pool.requestBegins();
    pool.dial(channel, this);
  }

  @Override
  public void connected() {
    var exchange = endUse();
    var stream = connections.over(channel, choseHttp2(channel));
    chosen = stream;
    stream.use(exchange, timeouts);
  }

  /** What the endpoint has chosen. */
  static boolean choseHttp2(SocketChannel connected) {
    var tls = connected.pipeline().get(SslHandler.class);
    return tls != null && ApplicationProtocolNames.HTTP_2.equals(tls.applicationProtocol());
  }

  @Override
  public void notConnected(UpstreamFailure failure, String detail) {
    endUse().attemptFailed(failure, detail);
  }

  private UpstreamEvents endUse() {
    var exchange = Objects.requireNonNull(user);
    user = null;
    pool.requestEnds();
    return exchange;
  }

  @Override
  public boolean isReused() {
    return chosen != null && chosen.isReused();
  }

  @Override
  public boolean isConnected() {
    return chosen != null && chosen.isConnected();
  }

  @Override
  public boolean responseSeen() {
    return chosen != null && chosen.responseSeen();
  }

  @Override
  public UpstreamEndpoint endpoint() {
    return pool.endpoint();
  }

  @Override
  public void writeHead(HeaderBlock request, BodyFraming framing) {
    chosen().writeHead(request, framing);
  }

  @Override
  public void writeBody(ByteBuf from, int length) {
    chosen().writeBody(from, length);
  }

  @Override
  public void writeEnd(@Nullable HeaderBlock trailers) {
    chosen().writeEnd(trailers);
  }

  @Override
  public void flush() {
    chosen().flush();
  }

  @Override
  public boolean isWritable() {
    return chosen().isWritable();
  }

  @Override
  public void read(boolean more) {
    chosen().read(more);
  }

  @Override
  public void giveBack(boolean requestWhole) {
    chosen().giveBack(requestWhole);
  }

  @Override
  public void abort() {
    if (chosen == null) {
      endUse();
      channel.close();
    } else {
      chosen.abort();
    }
  }

  private UpstreamStream chosen() {
    return Objects.requireNonNull(chosen);
  }
}
