package io.gatehouse.l7.downstream;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.gatehouse.l7.L7Counter;
import io.gatehouse.l7.RejectedConnection.Reason;
import io.gatehouse.l7.loop.TimedHandler;
import io.gatehouse.proxyprotocol.Addresses;
import io.gatehouse.proxyprotocol.ByteString;
import io.gatehouse.proxyprotocol.Decoding;
import io.gatehouse.proxyprotocol.ProxyHeader;
import io.gatehouse.proxyprotocol.SignedOrigin;
import io.gatehouse.proxyprotocol.Tlv;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import org.jspecify.annotations.Nullable;

/**
 * The PROXY header, before everything else. It must be whole within its deadline; what isn't one is
 * closed without an answer, since no client was meant to see this socket. Then it makes way, and
 * hands on what came behind the header.
 *
 * <p>Owned by its connection's event loop.
 */
final class ProxyGate extends TimedHandler {
  private final Intake intake;
  private long deadlineNanos = NEVER;
  private @Nullable ByteBuf in;

  ProxyGate(Intake intake) {
    this.intake = intake;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    deadlineNanos =
        intake.client().acceptedNanos() + intake.config().proxyProtocol().headerTimeoutNanos();
    intake.loop().ticker().add(this);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    intake.loop().ticker().remove(this);
    if (in != null) {
      in.release();
      in = null;
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    intake.loop().clock().read();
    intake.sawBytes();
    var bytes = (ByteBuf) message;
    if (deadlineNanos == NEVER) {
      bytes.release(); // It has been refused and is being closed.
      return;
    }
    in = in == null ? bytes : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), in, bytes);
    switch (intake.listener().proxyHeaders().decode(in)) {
      case Decoding.NeedMore more -> {}
      case Decoding.Rejected rejected ->
          reject(
              Reason.PROXY_HEADER_INVALID,
              rejected.reason().name().toLowerCase(java.util.Locale.ROOT)
                  + ": "
                  + rejected.message());
      case Decoding.Complete complete -> pass(ctx, complete.header());
    }
  }

  private void pass(ChannelHandlerContext ctx, ProxyHeader header) {
    if (!isFromTheCluster(header)) {
      return;
    }
    identify(header);
    var rest = in;
    in = null;
    intake.identified();
    // The next handler is in place, so that what follows the header reaches it.
    if (rest != null && rest.isReadable()) {
      ctx.fireChannelRead(rest);
      ctx.fireChannelReadComplete();
    } else if (rest != null) {
      rest.release();
    }
    ctx.pipeline().remove(this);
  }

  /** Holds the header to its signature, where one is required; a header without it is rejected. */
  private boolean isFromTheCluster(ProxyHeader header) {
    var origin = intake.config().proxyProtocol().signedOrigin();
    if (origin == null) {
      return true;
    }
    var clock = intake.loop().clock();
    long nowMillis = NANOSECONDS.toMillis(clock.epochNanos(clock.nanos()));
    var verdict = origin.verify(header, nowMillis);
    switch (verdict) {
      case VALID -> {}
      case MISSING ->
          reject(Reason.ORIGIN_UNSIGNED, "the PROXY header has no signature of the cluster");
      case MALFORMED, FORGED ->
          reject(
              Reason.ORIGIN_FORGED,
              "the PROXY header was not signed with a secret that this node knows");
      case OUTSIDE_CLOCK_SKEW ->
          reject(
              Reason.ORIGIN_EXPIRED,
              "the PROXY header's signature is too old, or a clock is wrong");
    }
    return verdict == SignedOrigin.Verdict.VALID;
  }

  private void identify(ProxyHeader header) {
    var client = intake.client();
    switch (header) {
      case ProxyHeader.Local local -> {
        if (local.version() == ProxyHeader.Version.V2) {
          client.peerIsLocal();
          intake.loop().count(L7Counter.CONNECTIONS_LOCAL);
        } else {
          client.clientUnknown();
        }
      }
      case ProxyHeader.Proxied proxied -> {
        if (proxied.addresses() instanceof Addresses.Inet inet) {
          client.restore(inet.client(), inet.destination().getPort());
        } else {
          client.clientUnknown();
        }
      }
    }
    header.first(Tlv.UniqueId.class).map(Tlv.UniqueId::value).ifPresent(this::cameThrough);
  }

  /** The id is {@code node/start-number}; one that isn't text is shown in hexadecimal. */
  private void cameThrough(ByteString uniqueId) {
    String id = uniqueId.asUtf8().orElseGet(uniqueId::toString);
    int end = id.indexOf('/');
    intake.client().cameThrough(id, end < 0 ? "" : id.substring(0, end));
  }

  private void reject(Reason reason, String detail) {
    deadlineNanos = NEVER;
    intake.reject(reason, detail);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    intake.closedByClient(Reason.PROXY_HEADER_CUT, "closed in the middle of the PROXY header");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    intake.closedByClient(Reason.PROXY_HEADER_CUT, String.valueOf(cause.getMessage()));
    ctx.close();
  }

  @Override
  protected void tick(long nowNanos) {
    if (expired(deadlineNanos, nowNanos)) {
      reject(Reason.PROXY_HEADER_TIMEOUT, "the PROXY header isn't whole");
    }
  }

  @Override
  protected void closeNow() {
    intake.channel().close();
  }
}
