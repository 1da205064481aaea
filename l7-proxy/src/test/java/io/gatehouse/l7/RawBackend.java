package io.gatehouse.l7;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A backend that does just what it is told to; every connection has a virtual thread. */
final class RawBackend implements AutoCloseable {

  /** What it does with one connection, which is closed when this returns or throws. */
  @FunctionalInterface
  interface Script {
    void serve(Connection connection) throws Exception;
  }

  private final ServerSocket server;
  private final Script script;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger accepted = new AtomicInteger();
  private final AtomicInteger requests = new AtomicInteger();

  RawBackend(Script script) throws IOException {
    this.script = script;
    this.server = new ServerSocket(0, 128, InetAddress.getByName("127.0.0.1"));
    Thread.ofVirtual().start(this::accept);
  }

  /** Answers every request with what the function makes of it, and keeps connections. */
  static RawBackend answering(Answer answer) throws IOException {
    return new RawBackend(
        connection -> {
          while (true) {
            connection.send(answer.to(connection.request()));
          }
        });
  }

  /** Answers every request with 200 and this text. */
  static RawBackend saying(String text) throws IOException {
    return answering(request -> ok(text));
  }

  static byte[] ok(String text) {
    return "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(text.length(), text)
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  /** An answer to a request. */
  @FunctionalInterface
  interface Answer {
    byte[] to(HttpMessage request) throws Exception;
  }

  InetSocketAddress address() {
    return (InetSocketAddress) server.getLocalSocketAddress();
  }

  int accepted() {
    return accepted.get();
  }

  int requests() {
    return requests.get();
  }

  int openConnections() {
    return open.size();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        var socket = server.accept();
        int number = accepted.getAndIncrement();
        open.add(socket);
        Thread.ofVirtual().start(() -> serve(socket, number));
      } catch (IOException e) {
        return; // Closed.
      }
    }
  }

  private void serve(Socket socket, int number) {
    try (socket) {
      script.serve(new Connection(socket, number));
    } catch (Exception e) {
      // The tier has closed the connection, or the script ends it so.
    } finally {
      open.remove(socket);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
  }

  /** A connection from the tier. */
  final class Connection {
    private final Socket socket;
    private final int number;
    private final InputStream in;
    private final OutputStream out;

    private Connection(Socket socket, int number) throws IOException {
      this.socket = socket;
      this.number = number;
      this.in = new BufferedInputStream(socket.getInputStream());
      this.out = socket.getOutputStream();
    }

    /** Counts from 0 in the order of acceptance. */
    int number() {
      return number;
    }

    HttpMessage request() throws IOException {
      var request = HttpMessage.readRequest(in);
      requests.incrementAndGet();
      return request;
    }

    String requestHead() throws IOException {
      String head = HttpMessage.readHead(in);
      requests.incrementAndGet();
      return head;
    }

    void send(String text) throws IOException {
      send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    void send(byte[] bytes) throws IOException {
      out.write(bytes);
      out.flush();
    }

    InputStream in() {
      return in;
    }

    Socket socket() {
      return socket;
    }

    /** Waits until the tier closes. */
    void awaitClose() throws IOException {
      while (in.read() >= 0) {}
    }
  }
}
