package io.gatehouse.l7.downstream;

import io.gatehouse.l7.L7Counter;
import io.gatehouse.l7.ListenerConfig;
import io.gatehouse.l7.ListenerConfig.ClientCertificates.Forward;
import io.gatehouse.l7.RejectedConnection.Reason;
import io.gatehouse.l7.loop.TimedHandler;
import io.gatehouse.l7.tls.HandshakeLimit;
import io.gatehouse.l7.tls.ServerTls;
import io.gatehouse.l7.tls.TlsFailure;
import io.gatehouse.l7.tls.TlsHandler;
import io.gatehouse.l7.tls.TlsSession;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import java.util.Objects;

/**
 * Watches a TLS handshake from behind the handler that does it: it must be let in, and done within
 * its deadline. Then it makes way for HTTP.
 *
 * <p>Owned by its connection's event loop.
 */
final class TlsGate extends TimedHandler implements TlsHandler.Handshake {
  private final Intake intake;
  private final ListenerConfig.Tls config;
  private final HandshakeLimit limit;
  private final long startNanos;
  private long deadlineNanos;
  private boolean admitted;

  private TlsGate(Intake intake) {
    this.intake = intake;
    this.config = Objects.requireNonNull(intake.config().tls());
    this.limit = Objects.requireNonNull(intake.listener().handshakeLimit());
    this.startNanos = intake.loop().clock().nanos();
    this.deadlineNanos = startNanos + config.handshakeTimeoutNanos();
  }

  /** Adds what a handshake needs to a pipeline. */
  static void install(ChannelPipeline pipeline, Intake intake, ServerTls tls) {
    var gate = new TlsGate(intake);
    pipeline.addLast(new PlainHttpGuard(intake), new TlsHandler(tls, gate), gate);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    intake.loop().ticker().add(this);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    intake.loop().ticker().remove(this);
    ended();
  }

  @Override
  public boolean begins() {
    switch (limit.begin(intake.loop().clock().read())) {
      case ADMITTED -> {
        admitted = true;
        intake.loop().counters().add(L7Counter.TLS_HANDSHAKES_ACTIVE, 1);
      }
      case TOO_MANY ->
          reject(
              Reason.TLS_HANDSHAKES_LIMIT, "maxConcurrent: " + config.handshakes().maxConcurrent());
      case TOO_FAST ->
          reject(Reason.TLS_HANDSHAKES_RATE, "maxPerSecond: " + config.handshakes().maxPerSecond());
    }
    return admitted;
  }

  private void ended() {
    if (admitted) {
      admitted = false;
      limit.ended();
      intake.loop().counters().add(L7Counter.TLS_HANDSHAKES_ACTIVE, -1);
    }
  }

  @Override
  public void done(TlsSession session) {
    ended();
    deadlineNanos = NEVER;
    var loop = intake.loop();
    loop.count(
        session.resumed() ? L7Counter.TLS_RESUMED_HANDSHAKES : L7Counter.TLS_FULL_HANDSHAKES);
    long tookNanos = loop.clock().read() - startNanos;
    intake.scope().recorder().handshake(intake.config().name(), session.resumed(), tookNanos);
    intake.client().secured(session, forward(), tookNanos);
    intake.channel().pipeline().remove(this);
    intake.secured(session.protocol());
  }

  private Forward forward() {
    var clients = config.clientCertificates();
    return clients == null ? Forward.NOTHING : clients.forward();
  }

  @Override
  public void failed(TlsFailure failure) {
    // The deadline stays: a client that doesn't take the alert is not waited for.
    intake.closedByClient(failure.reason(), String.valueOf(failure.getMessage()));
  }

  private void reject(Reason reason, String detail) {
    deadlineNanos = NEVER;
    intake.reject(reason, detail);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    intake.closedByClient(Reason.TLS_HANDSHAKE_CUT, "closed in the middle of the handshake");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    deadlineNanos = NEVER;
    intake.closedByClient(Reason.TLS_HANDSHAKE_CUT, cause.toString());
    intake.channel().close();
  }

  @Override
  protected void tick(long nowNanos) {
    if (expired(deadlineNanos, nowNanos)) {
      reject(Reason.TLS_HANDSHAKE_TIMEOUT, "the TLS handshake isn't done");
    }
  }

  @Override
  protected void closeNow() {
    intake.channel().close();
  }
}
