package io.gatehouse.tests.l4;

import io.gatehouse.proxyprotocol.Decoding;
import io.gatehouse.proxyprotocol.ProxyHeader;
import io.gatehouse.proxyprotocol.ProxyHeaderDecoder;
import io.netty.buffer.Unpooled;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * One connection through an L4 node: the client's socket (of a channel, as the other), and the
 * endpoint's behind the PROXY header. For a node whose service has no health check, so that nothing
 * else comes to the endpoint.
 */
record Joined(Socket client, Socket endpoint, ProxyHeader header, InetSocketAddress clientAddress)
    implements AutoCloseable {
  /** Of a test's sockets; the kernel doubles them and tells so when asked. */
  static final int BUFFER_BYTES = 64 << 10;

  private static final int TIMEOUT_MILLIS = 20_000;

  /** The endpoint's listener, where the node expects its first L7 node. */
  static ServerSocket listen(L4File file) throws IOException {
    var listener = ServerSocketChannel.open().socket();
    listener.setReceiveBufferSize(BUFFER_BYTES);
    listener.setReuseAddress(true);
    listener.setSoTimeout(TIMEOUT_MILLIS);
    listener.bind(file.l7Nodes().getFirst());
    return listener;
  }

  /** Connects to the node, and takes what comes to the listener for it. */
  static Joined open(InetSocketAddress service, ServerSocket listener) throws IOException {
    var client = SocketChannel.open().socket();
    client.setReceiveBufferSize(BUFFER_BYTES);
    client.setSendBufferSize(BUFFER_BYTES);
    client.connect(service, TIMEOUT_MILLIS);
    var endpoint = listener.accept();
    endpoint.setSendBufferSize(BUFFER_BYTES);
    for (var socket : new Socket[] {client, endpoint}) {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.setTcpNoDelay(true);
    }
    return new Joined(
        client,
        endpoint,
        header(endpoint.getInputStream()),
        (InetSocketAddress) client.getLocalSocketAddress());
  }

  /** Takes the PROXY header off a stream, and not a byte more. */
  static ProxyHeader header(InputStream in) throws IOException {
    var gathered = Unpooled.buffer();
    var decoder = new ProxyHeaderDecoder();
    while (true) {
      switch (decoder.decode(gathered)) {
        case Decoding.Complete(ProxyHeader header, int _) -> {
          return header;
        }
        case Decoding.NeedMore(int bytes) -> {
          int before = gathered.readableBytes();
          gathered.writeBytes(in.readNBytes(bytes));
          if (gathered.readableBytes() == before) {
            throw new EOFException("no PROXY header");
          }
        }
        case Decoding.Rejected(var reason, String message) ->
            throw new IOException("PROXY header refused: " + reason + ": " + message);
      }
    }
  }

  @Override
  public void close() throws IOException {
    client.close();
    endpoint.close();
  }
}
