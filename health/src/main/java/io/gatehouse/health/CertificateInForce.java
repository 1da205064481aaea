package io.gatehouse.health;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * Turns a handshake with a certificate that is out of its time into a failed one. The JDK does not
 * look at the dates of a certificate that is trusted itself, as a self-signed one is (RFC 5280,
 * section 6.1: a trust anchor is no part of the path).
 */
final class CertificateInForce extends ChannelInboundHandlerAdapter {
  private final SslHandler tls;

  CertificateInForce(SslHandler tls) {
    this.tls = tls;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    boolean done = event instanceof SslHandshakeCompletionEvent end && end.isSuccess();
    ctx.fireUserEventTriggered(done ? judged(event) : event);
  }

  private Object judged(Object success) {
    try {
      if (tls.engine().getSession().getPeerCertificates()[0] instanceof X509Certificate leaf) {
        leaf.checkValidity();
      }
      return success;
    } catch (CertificateException | SSLPeerUnverifiedException e) {
      return new SslHandshakeCompletionEvent(e);
    }
  }
}
