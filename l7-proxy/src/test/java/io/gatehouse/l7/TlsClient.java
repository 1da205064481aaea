package io.gatehouse.l7;

import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.net.InetSocketAddress;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** The JDK's TLS as a client that trusts everyone. */
final class TlsClient {
  private TlsClient() {}

  static SSLSocket connect(InetSocketAddress address) throws Exception {
    var context = SSLContext.getInstance("TLS");
    context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
    var socket = (SSLSocket) context.getSocketFactory().createSocket();
    socket.connect(address, 5_000);
    socket.setSoTimeout(10_000);
    socket.startHandshake();
    return socket;
  }
}
