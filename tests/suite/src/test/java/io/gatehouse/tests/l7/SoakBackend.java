package io.gatehouse.tests.l7;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Locale;

/**
 * A backend of HTTP/1.1 that does well or badly, as the path asks: {@code quick}, {@code large},
 * {@code endless} (until the client is gone), {@code dribble}, {@code upload} (reads all, then
 * answers), {@code early} (answers before the body is whole), {@code ws} (agrees and echoes),
 * {@code hang}, {@code gone} (closes), {@code reset}, {@code cut} (closes within the answer). One
 * virtual thread a connection.
 */
final class SoakBackend implements AutoCloseable {
  static final int LARGE_BYTES = 1_000_000;

  private static final int PIECE_BYTES = 10_000;
  private static final int DRIBBLES = 20;

  private final ServerSocket server = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());

  SoakBackend() throws IOException {
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        var socket = server.accept();
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private static void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      var in = new BufferedInputStream(socket.getInputStream());
      boolean goOn = true;
      while (goOn) {
        String head = head(in);
        String path = head.split(" ", 3)[1];
        goOn = answer(socket, in, head, path.substring(path.lastIndexOf('/') + 1));
      }
    } catch (IOException e) {
      // the node has closed, or this side breaks off
    }
  }

  private static String head(InputStream in) throws IOException {
    var text = new StringBuilder();
    while (text.indexOf("\r\n\r\n") < 0) {
      int octet = in.read();
      if (octet < 0) {
        throw new EOFException();
      }
      text.append((char) octet);
    }
    return text.toString().toLowerCase(Locale.ROOT);
  }

  /** Answers one request; false where the connection ends with it. */
  private static boolean answer(Socket socket, InputStream in, String head, String kind)
      throws IOException {
    var out = socket.getOutputStream();
    switch (kind) {
      case "large" -> {
        skipBody(in, head);
        write(out, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        for (int sent = 0; sent < LARGE_BYTES; sent += PIECE_BYTES) {
          chunk(out, PIECE_BYTES);
        }
        write(out, "0\r\n\r\n");
      }
      case "endless" -> {
        write(out, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        while (true) {
          chunk(out, PIECE_BYTES);
        }
      }
      case "dribble" -> {
        skipBody(in, head);
        write(out, "HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n".formatted(DRIBBLES));
        for (int i = 0; i < DRIBBLES; i++) {
          write(out, "x");
          socket.getOutputStream().flush();
        }
      }
      case "early" -> {
        write(out, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nearly");
        skipBody(in, head);
      }
      case "ws" -> {
        write(
            out,
            "HTTP/1.1 101 Switching Protocols\r\n"
                + "connection: upgrade\r\n"
                + "upgrade: websocket\r\n\r\n");
        in.transferTo(out);
        return false;
      }
      case "hang" -> {
        in.transferTo(OutputStream.nullOutputStream());
        return false;
      }
      case "gone" -> {
        return false;
      }
      case "reset" -> {
        socket.setSoLinger(true, 0);
        return false;
      }
      case "cut" -> {
        skipBody(in, head);
        write(out, "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf");
        return false;
      }
      default -> {
        skipBody(in, head);
        write(out, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nquick");
      }
    }
    return true;
  }

  private static void chunk(OutputStream out, int bytes) throws IOException {
    write(out, Integer.toHexString(bytes) + "\r\n");
    out.write(new byte[bytes]);
    write(out, "\r\n");
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(ISO_8859_1));
  }

  private static void skipBody(InputStream in, String head) throws IOException {
    int length = head.indexOf("\r\ncontent-length: ");
    if (length >= 0) {
      int start = length + "\r\ncontent-length: ".length();
      in.skipNBytes(Long.parseLong(head.substring(start, head.indexOf('\r', start))));
    } else if (head.contains("\r\ntransfer-encoding: chunked")) {
      skipChunks(in);
    }
  }

  private static void skipChunks(InputStream in) throws IOException {
    int bytes = Integer.parseInt(line(in), 16);
    while (bytes > 0) {
      in.skipNBytes(bytes + 2L);
      bytes = Integer.parseInt(line(in), 16);
    }
    while (!line(in).isEmpty()) {
      // trailers
    }
  }

  private static String line(InputStream in) throws IOException {
    var text = new StringBuilder();
    for (int octet = in.read(); octet != '\n'; octet = in.read()) {
      if (octet < 0) {
        throw new EOFException();
      }
      if (octet != '\r') {
        text.append((char) octet);
      }
    }
    return text.toString();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
