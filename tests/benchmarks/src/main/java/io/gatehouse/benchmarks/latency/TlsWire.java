package io.gatehouse.benchmarks.latency;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** TLS 1.3 over a channel; the server may be anybody. Owned by its loop's thread. */
final class TlsWire implements Wire {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final SocketChannel channel;
  private final SSLEngine engine;
  private final ByteBuffer in;
  private final ByteBuffer out;

  private TlsWire(SocketChannel channel, SSLEngine engine) {
    this.channel = channel;
    this.engine = engine;
    int size = engine.getSession().getPacketBufferSize();
    in = ByteBuffer.allocate(size);
    out = ByteBuffer.allocate(size);
  }

  /** Connects and shakes hands, waiting for both. */
  static TlsWire open(InetSocketAddress address) throws IOException {
    var channel = Wire.connect(address);
    SSLEngine engine = context().createSSLEngine();
    engine.setUseClientMode(true);
    engine.setEnabledProtocols(new String[] {"TLSv1.3"});
    var wire = new TlsWire(channel, engine);
    wire.handshake();
    return wire;
  }

  private static SSLContext context() throws IOException {
    try {
      var context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new Anybody()}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("no TLS in this JVM", e);
    }
  }

  private void handshake() throws IOException {
    var dropped = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
    engine.beginHandshake();
    while (true) {
      switch (engine.getHandshakeStatus()) {
        case NEED_TASK -> {
          for (Runnable task = engine.getDelegatedTask(); task != null; ) {
            task.run();
            task = engine.getDelegatedTask();
          }
        }
        case NEED_WRAP -> write(NOTHING);
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
          if (!unwrap(dropped) && channel.read(in) < 0) {
            throw new IOException("closed in the handshake");
          }
        }
        case FINISHED, NOT_HANDSHAKING -> {
          return;
        }
      }
    }
  }

  /** Whether a record was there as a whole. */
  private boolean unwrap(ByteBuffer to) throws IOException {
    in.flip();
    var result = engine.unwrap(in, to);
    in.compact();
    return switch (result.getStatus()) {
      case OK ->
          result.bytesConsumed() > 0 || result.getHandshakeStatus() != HandshakeStatus.NEED_UNWRAP;
      case BUFFER_UNDERFLOW -> false;
      case BUFFER_OVERFLOW -> throw new IOException("an answer does not fit");
      case CLOSED -> throw new IOException("closed by the server");
    };
  }

  @Override
  public SocketChannel channel() {
    return channel;
  }

  @Override
  public int read(ByteBuffer to) throws IOException {
    int before = to.position();
    int read = channel.read(in);
    while (in.position() > 0 && unwrap(to)) {
      // the next record
    }
    return read < 0 ? -1 : to.position() - before;
  }

  @Override
  public void write(ByteBuffer from) throws IOException {
    out.clear();
    engine.wrap(from, out);
    out.flip();
    if (channel.write(out) != out.limit() || from.hasRemaining()) {
      throw new IOException("the socket did not take a request at once");
    }
  }

  /** Trusts every certificate: the server is one of the run's own. */
  private static final class Anybody extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
