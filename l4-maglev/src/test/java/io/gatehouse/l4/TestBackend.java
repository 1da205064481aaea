package io.gatehouse.l4;

import io.gatehouse.health.Endpoint;
import io.gatehouse.proxyprotocol.Decoding;
import io.gatehouse.proxyprotocol.ProxyHeader;
import io.gatehouse.proxyprotocol.ProxyHeaderDecoder;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint on plain blocking sockets, so that nothing of what is tested helps to test it. Each
 * connection has its own virtual thread.
 */
final class TestBackend implements AutoCloseable {

  /** What an endpoint does with a connection; the socket is closed afterwards. */
  interface Service {
    void serve(Socket socket, Header header) throws Exception;
  }

  /** The decoded PROXY header; null where none is sent. */
  record Header(@Nullable ProxyHeader decoded) {
    ProxyHeader value() {
      return Objects.requireNonNull(decoded, "no header was sent");
    }
  }

  private final ServerSocket server;
  private final Service service;
  private final boolean expectHeader;
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

  private TestBackend(ServerSocket server, boolean expectHeader, Service service) {
    this.server = server;
    this.service = service;
    this.expectHeader = expectHeader;
    Thread.ofVirtual().start(this::accept);
  }

  static TestBackend start(Service service) throws IOException {
    return start(InetAddress.ofLiteral("127.0.0.1"), true, service);
  }

  static TestBackend start(InetAddress address, boolean expectHeader, Service service)
      throws IOException {
    return new TestBackend(new ServerSocket(0, 1024, address), expectHeader, service);
  }

  /** Sends back what it gets, and its FIN after the client's. */
  static void echo(Socket socket, Header header) throws IOException {
    socket.getInputStream().transferTo(socket.getOutputStream());
  }

  /** Answers each connection with a name, then waits for the client's FIN. */
  static Service named(String name) {
    return (socket, header) -> {
      socket.getOutputStream().write(name.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      socket.shutdownOutput();
      socket.getInputStream().readAllBytes();
    };
  }

  Endpoint endpoint(String name) {
    return endpoint(name, 1);
  }

  Endpoint endpoint(String name, int weight) {
    return new Endpoint(name, (InetSocketAddress) server.getLocalSocketAddress(), weight);
  }

  /** What the service threw. */
  Queue<Throwable> failures() {
    return failures;
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        var socket = server.accept();
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      service.serve(socket, expectHeader ? new Header(readHeader(socket)) : new Header(null));
    } catch (Throwable t) {
      failures.add(t);
    }
  }

  /** One byte at a time, so that not a byte behind the header is taken. */
  private static ProxyHeader readHeader(Socket socket) throws Exception {
    var in = Unpooled.buffer();
    var decoder = new ProxyHeaderDecoder();
    while (true) {
      int next = socket.getInputStream().read();
      if (next < 0) {
        throw new IOException("the connection ended within its PROXY header");
      }
      in.writeByte(next);
      if (decoder.decode(in) instanceof Decoding.Complete decoded) {
        return decoded.header();
      }
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
