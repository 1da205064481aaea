package io.gatehouse.tests.l7;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;

/** The octets of one WebSocket, over whatever carries them. One thread may read, another write. */
interface WebSocketCarrier extends Closeable {
  int TIMEOUT_MILLIS = 20_000;

  InputStream in();

  OutputStream out();

  /** Ends what is sent, and lets what comes come. */
  void endOutput() throws IOException;

  /** Over a connection of HTTP/1.1 (RFC 6455 section 4). */
  static WebSocketCarrier overHttp1(InetSocketAddress server) throws IOException {
    var socket = new Socket();
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    socket.connect(server, TIMEOUT_MILLIS);
    var in = new BufferedInputStream(socket.getInputStream());
    var out = socket.getOutputStream();
    out.write(
        """
        GET /ws HTTP/1.1\r
        Host: a.example\r
        Connection: Upgrade\r
        Upgrade: websocket\r
        Sec-WebSocket-Version: 13\r
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
        \r
        """
            .getBytes(ISO_8859_1));
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int octet = in.read();
      if (octet < 0) {
        throw new IOException("closed within the handshake: " + head);
      }
      head.append((char) octet);
    }
    if (!head.toString().startsWith("HTTP/1.1 101 ")) {
      throw new IOException("no WebSocket: " + head);
    }
    return new WebSocketCarrier() {
      @Override
      public InputStream in() {
        return in;
      }

      @Override
      public OutputStream out() {
        return out;
      }

      @Override
      public void endOutput() throws IOException {
        socket.shutdownOutput();
      }

      @Override
      public void close() throws IOException {
        socket.close();
      }
    };
  }
}
