package io.gatehouse.health;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A server on loopback whose every connection runs a script. */
final class ScriptedServer implements AutoCloseable {

  private static final int CLOSE_TIMEOUT_MILLIS = 10_000;

  /** What is done with one connection, which is closed in good order when it returns. */
  interface Script {
    void play(Socket connection) throws Exception;
  }

  private final ServerSocket server;
  private final BlockingQueue<String> heads = new LinkedBlockingQueue<>();
  private volatile Script script;

  ScriptedServer(Script script) throws IOException {
    this.script = script;
    server = new ServerSocket(0, 128, InetAddress.getByName("127.0.0.1"));
    Thread.ofVirtual().start(this::accept);
  }

  /** Reads the head of a request, then answers these bytes. */
  static ScriptedServer answering(String answer) throws IOException {
    var holder = new ScriptedServer[1];
    holder[0] = new ScriptedServer(connection -> holder[0].readHeadAndAnswer(connection, answer));
    return holder[0];
  }

  void answerNow(String answer) {
    script = connection -> readHeadAndAnswer(connection, answer);
  }

  private void readHeadAndAnswer(Socket connection, String answer) throws IOException {
    var head = new ByteArrayOutputStream();
    var in = connection.getInputStream();
    while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n") || head.size() < 20) {
      int b = in.read();
      if (b < 0) {
        return;
      }
      head.write(b);
    }
    heads.add(head.toString(StandardCharsets.ISO_8859_1));
    connection.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
  }

  String nextHead() throws InterruptedException {
    var head = heads.poll(10, TimeUnit.SECONDS);
    if (head == null) {
      throw new AssertionError("no request came within 10 s");
    }
    return head;
  }

  InetSocketAddress address() {
    return (InetSocketAddress) server.getLocalSocketAddress();
  }

  /** An address of loopback where nobody listens. */
  static InetSocketAddress refusing() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      return (InetSocketAddress) socket.getLocalSocketAddress();
    }
  }

  private void accept() {
    while (true) {
      try {
        var connection = server.accept();
        Thread.ofVirtual().start(() -> serve(connection));
      } catch (SocketException e) {
        return; // closed
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      script.play(connection);
      // Closing with the request unread would send a reset, which may overtake the answer.
      connection.setSoTimeout(CLOSE_TIMEOUT_MILLIS);
      connection.shutdownOutput();
      connection.getInputStream().transferTo(OutputStream.nullOutputStream());
    } catch (Exception e) {
      if (!(e instanceof IOException)) {
        throw new AssertionError(e);
      }
      // the probe went away: what it saw is what the test asks about
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
