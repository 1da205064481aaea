package io.gatehouse.l7;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** A client that sends just the bytes it is told to. */
final class RawClient implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 10_000;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  RawClient(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    this.in = new BufferedInputStream(socket.getInputStream());
    this.out = socket.getOutputStream();
  }

  static RawClient connect(InetSocketAddress address) throws IOException {
    var socket = new Socket();
    socket.connect(address, TIMEOUT_MILLIS);
    return new RawClient(socket);
  }

  RawClient send(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  RawClient send(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
    return this;
  }

  HttpMessage response() throws IOException {
    return HttpMessage.readResponse(in, "GET");
  }

  HttpMessage responseTo(String method) throws IOException {
    return HttpMessage.readResponse(in, method);
  }

  HttpMessage get(String path) throws IOException {
    return send("GET " + path + " HTTP/1.1\r\nHost: example.test\r\n\r\n").response();
  }

  InputStream in() {
    return in;
  }

  Socket socket() {
    return socket;
  }

  /** Whether the other side has closed; waits for it. */
  boolean isClosedByPeer() throws IOException {
    try {
      return in.read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (SocketException e) {
      return true; // A reset is a close, too.
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
