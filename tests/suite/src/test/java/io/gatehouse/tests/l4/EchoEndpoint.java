package io.gatehouse.tests.l4;

import io.gatehouse.proxyprotocol.ProxyHeader.Proxied;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * An endpoint that sends back what comes behind the PROXY header, and answers probes. It can go
 * down: then nobody can connect any more, and what is connected goes on. Each connection has its
 * own virtual thread.
 */
final class EchoEndpoint implements AutoCloseable {
  private static final int BACKLOG = 1024;

  private final ServerSocket listener = new ServerSocket();
  private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();
  private final Queue<InetSocketAddress> clients = new ConcurrentLinkedQueue<>();

  EchoEndpoint(InetSocketAddress address) throws IOException {
    listener.setReuseAddress(true);
    listener.bind(address, BACKLOG);
    Thread.ofVirtual().start(this::accept);
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        var socket = listener.accept();
        sockets.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        return; // it went down
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      if (Joined.header(socket.getInputStream()) instanceof Proxied header) {
        header.client().ifPresent(clients::add);
        socket.setTcpNoDelay(true);
      }
      socket.getInputStream().transferTo(socket.getOutputStream());
    } catch (IOException e) {
      // a reset: the other end tells of it
    }
  }

  /** Whose connections have come. */
  Queue<InetSocketAddress> clients() {
    return clients;
  }

  /** Nobody can connect any more. */
  void goDown() throws IOException {
    listener.close();
  }

  @Override
  public void close() throws IOException {
    goDown();
    for (var socket : sockets) {
      socket.close();
    }
  }
}
