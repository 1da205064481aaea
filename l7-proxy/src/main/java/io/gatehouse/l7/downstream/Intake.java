package io.gatehouse.l7.downstream;

import io.gatehouse.l7.L7Counter;
import io.gatehouse.l7.ListenerConfig;
import io.gatehouse.l7.RejectedConnection;
import io.gatehouse.l7.RejectedConnection.Reason;
import io.gatehouse.l7.exchange.ClientIdentity;
import io.gatehouse.l7.exchange.ExchangeScope;
import io.gatehouse.l7.loop.Loop;
import io.gatehouse.l7.tls.ServerTls;
import io.netty.channel.socket.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * The phases {@code accept} and {@code identify} of one connection: PROXY header, then TLS, then
 * HTTP; each step is a handler that makes way for the next. A connection that doesn't come through
 * is refused here, once, with a reason.
 *
 * <p>Owned by its connection's event loop.
 */
final class Intake {
  /** The name of HTTP/2 in ALPN (RFC 9113 section 3.1). */
  static final String HTTP_2 = "h2";

  private final Listener listener;
  private final ExchangeScope scope;
  private final SocketChannel channel;
  private final ClientIdentity client;
  private boolean settled;
  private boolean bytesSeen;

  private Intake(Listener listener, ExchangeScope scope, SocketChannel channel) {
    this.listener = listener;
    this.scope = scope;
    this.channel = channel;
    this.client =
        new ClientIdentity(
            channel.remoteAddress(), channel.localAddress().getPort(), loop().clock().read());
  }

  /** Takes a connection in. */
  static void accept(Listener listener, ExchangeScope scope, SocketChannel channel) {
    var loop = scope.loop();
    boolean fits = listener.connectionOpened();
    loop.count(L7Counter.CONNECTIONS_ACCEPTED);
    loop.counters().add(L7Counter.CONNECTIONS_OPEN, 1);
    channel
        .closeFuture()
        .addListener(
            closed -> {
              loop.counters().add(L7Counter.CONNECTIONS_OPEN, -1);
              listener.connectionClosed();
            });
    if (channel.remoteAddress() == null) {
      channel.close(); // It was gone before it was accepted.
      return;
    }
    var intake = new Intake(listener, scope, channel);
    if (!fits) {
      int limit = listener.config().limits().maxConnections();
      intake.reject(Reason.CONNECTION_LIMIT, "maxConnections: " + limit);
    } else if (loop.memory().look()) {
      intake.reject(Reason.BUFFER_MEMORY, "bufferMemory: " + loop.memory().limitBytes());
    } else if (listener.config().proxyProtocol().required()) {
      intake.awaitProxyHeader();
    } else {
      intake.identified();
    }
  }

  private void awaitProxyHeader() {
    var peer = client.peer().getAddress();
    if (listener.trustedPeers().contains(peer)) {
      channel.pipeline().addLast(new ProxyGate(this));
    } else {
      reject(Reason.UNTRUSTED_PEER, peer.getHostAddress() + " may not send PROXY headers");
    }
  }

  /** The client is known: TLS comes next where it is spoken, else HTTP. */
  void identified() {
    ServerTls tls = listener.tls();
    if (tls != null) {
      TlsGate.install(channel.pipeline(), this, tls);
    } else if (config().http2().enabled()) {
      channel.pipeline().addLast(new Http2Preface(this));
    } else {
      secured("");
    }
  }

  /**
   * Nothing is between here and the first request.
   *
   * @param protocol {@link #HTTP_2}, or another that stands for HTTP/1.1
   */
  void secured(String protocol) {
    boolean http2 = protocol.equals(HTTP_2);
    channel
        .pipeline()
        .addLast(http2 ? new Http2ClientConnection(this) : new ClientConnection(this));
  }

  /** A request has begun: how the connection ends is the request's matter from now on. */
  void settle() {
    settled = true;
  }

  /** The client has sent something. */
  void sawBytes() {
    bytesSeen = true;
  }

  /** Closes the connection, which never came to a request, and says why. */
  void reject(Reason reason, String detail) {
    rejectAfterAnswer(reason, detail);
    channel.close();
  }

  /** Says why the connection, which is being closed, never came to a request. */
  void rejectAfterAnswer(Reason reason, String detail) {
    if (!settled) {
      settled = true;
      loop().warn(reason.counter(), "a connection is refused", listener.config().name(), detail);
      if (!client.isLocal()) {
        scope.recorder().rejected(rejected(reason, detail));
      }
    }
  }

  /**
   * The client has closed. With nothing sent, that is no more than a connection unused; a probe,
   * which opens with a LOCAL header, has seen what it came for.
   */
  void closedByClient(Reason reason, @Nullable String detail) {
    if (settled) {
      return;
    }
    if (bytesSeen && detail != null && !client.isLocal()) {
      rejectAfterAnswer(reason, detail);
    } else {
      settled = true;
      if (!client.isLocal()) {
        loop().count(L7Counter.CONNECTIONS_UNUSED);
      }
    }
  }

  private RejectedConnection rejected(Reason reason, String detail) {
    return new RejectedConnection(
        loop().clock().epochNanos(client.acceptedNanos()),
        listener.config().name(),
        client.peer(),
        client.client(),
        client.l4UniqueId(),
        reason,
        detail);
  }

  ListenerConfig config() {
    return listener.config();
  }

  Listener listener() {
    return listener;
  }

  ExchangeScope scope() {
    return scope;
  }

  Loop loop() {
    return scope.loop();
  }

  SocketChannel channel() {
    return channel;
  }

  ClientIdentity client() {
    return client;
  }
}
