package io.gatehouse.tests.l7;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Pattern;

/**
 * A backend that reads requests by the letter of RFC 9112 and tells what it has read: in the field
 * {@code x-seen} of each answer, and here. Whatever a sender of strict HTTP/1.1 would not write is
 * a fault. Thread-safe; each connection has a virtual thread.
 */
final class Recorder implements AutoCloseable {
  /** Carries {@link #seen} to the client. */
  static final String FIELD = "x-seen";

  private static final int MAX_HEAD_BYTES = 128 * 1024;
  private static final Pattern REQUEST_LINE =
      Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\\*|/[!-~]*) HTTP/1\\.1");
  private static final Pattern FIELD_LINE =
      Pattern.compile(
          "([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?((?:[\t -~\u0080-\u00ff]*[!-~\u0080-\u00ff])?)");
  private static final Pattern CHUNK_SIZE = Pattern.compile("[0-9a-fA-F]{1,8}");

  private final ServerSocket server;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Queue<String> seen = new ConcurrentLinkedQueue<>();
  private final Queue<String> faults = new ConcurrentLinkedQueue<>();

  Recorder() throws IOException {
    server = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort());
  }

  /**
   * Takes what whole requests have come: method, target and, behind an equals sign, body in
   * hexadecimal.
   */
  List<String> takeSeen() {
    return take(seen);
  }

  /** Takes what was not strict HTTP/1.1. A request that was cut off is no fault. */
  List<String> takeFaults() {
    return take(faults);
  }

  private static List<String> take(Queue<String> queue) {
    var taken = new ArrayList<String>();
    for (var next = queue.poll(); next != null; next = queue.poll()) {
      taken.add(next);
    }
    return taken;
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        var socket = server.accept();
        open.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      var in = new BufferedInputStream(socket.getInputStream());
      while (true) {
        in.mark(1);
        if (in.read() < 0) {
          return;
        }
        in.reset();
        answer(socket, readRequest(in));
      }
    } catch (EOFException e) {
      // cut off
    } catch (Fault e) {
      faults.add(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      // reset
    } finally {
      open.remove(socket);
    }
  }

  private void answer(Socket socket, String request) throws IOException {
    seen.add(request);
    var body = request.startsWith("HEAD ") ? "" : "ok";
    var head =
        "HTTP/1.1 200 OK\r\n%s: %s\r\ncontent-length: 2\r\n\r\n%s".formatted(FIELD, request, body);
    socket.getOutputStream().write(head.getBytes(ISO_8859_1));
  }

  /** A request that is not strict HTTP/1.1. */
  private static final class Fault extends IOException {
    private static final long serialVersionUID = 1;

    Fault(String what, String head) {
      super(what + ": " + head);
    }
  }

  private static String readRequest(InputStream in) throws IOException {
    var head = readHead(in);
    var lines = head.split("\r\n", -1);
    var start = REQUEST_LINE.matcher(lines[0]);
    if (!start.matches()) {
      throw new Fault("request line", head);
    }
    int hosts = 0;
    var lengths = new StringBuilder();
    var codings = new StringBuilder();
    for (int i = 1; i < lines.length - 2; i++) {
      var field = FIELD_LINE.matcher(lines[i]);
      if (!field.matches()) {
        throw new Fault("field line '" + lines[i] + "'", head);
      }
      switch (field.group(1).toLowerCase(Locale.ROOT)) {
        case "host" -> hosts++;
        case "content-length" -> lengths.append(field.group(2));
        case "transfer-encoding" -> codings.append(field.group(2));
        default -> {}
      }
    }
    if (hosts != 1) {
      throw new Fault(hosts + " hosts", head);
    }
    byte[] body = readBody(in, lengths.toString(), codings.toString(), head);
    return start.group(1) + " " + start.group(2) + " =" + hex(body);
  }

  private static String readHead(InputStream in) throws IOException {
    var head = new ByteArrayOutputStream();
    int matched = 0;
    while (matched < 4) {
      int octet = in.read();
      if (octet < 0) {
        throw new EOFException();
      }
      head.write(octet);
      boolean fits = octet == (matched % 2 == 0 ? '\r' : '\n');
      if ((octet == '\r' || octet == '\n' || matched % 2 == 1) && !fits) {
        throw new Fault("a bare CR or LF", head.toString(ISO_8859_1));
      }
      matched = fits ? matched + 1 : 0;
      if (head.size() > MAX_HEAD_BYTES) {
        throw new Fault("a head without end", "");
      }
    }
    return head.toString(ISO_8859_1);
  }

  private static byte[] readBody(InputStream in, String length, String coding, String head)
      throws IOException {
    if (coding.isEmpty()) {
      if (length.isEmpty()) {
        return new byte[0];
      }
      if (!length.matches("\\d{1,9}")) {
        throw new Fault("content-length", head);
      }
      return readExactly(in, Integer.parseInt(length));
    }
    if (!coding.equals("chunked") || !length.isEmpty()) {
      throw new Fault("framing", head);
    }
    return readChunks(in, head);
  }

  private static byte[] readChunks(InputStream in, String head) throws IOException {
    var body = new ByteArrayOutputStream();
    while (true) {
      var line = readLine(in, head);
      if (!CHUNK_SIZE.matcher(line).matches()) {
        throw new Fault("chunk size '" + line + "'", head);
      }
      int size = Integer.parseInt(line, 16);
      if (size == 0) {
        break;
      }
      body.writeBytes(readExactly(in, size));
      if (!readLine(in, head).isEmpty()) {
        throw new Fault("chunk without its end", head);
      }
    }
    for (var line = readLine(in, head); !line.isEmpty(); line = readLine(in, head)) {
      if (!FIELD_LINE.matcher(line).matches()) {
        throw new Fault("trailer '" + line + "'", head);
      }
    }
    return body.toByteArray();
  }

  private static String readLine(InputStream in, String head) throws IOException {
    var line = new StringBuilder();
    while (true) {
      int octet = in.read();
      if (octet < 0) {
        throw new EOFException();
      }
      if (octet == '\n') {
        throw new Fault("a bare LF in a body", head);
      }
      if (octet == '\r') {
        if (in.read() != '\n') {
          throw new Fault("a bare CR in a body", head);
        }
        return line.toString();
      }
      line.append((char) octet);
    }
  }

  private static byte[] readExactly(InputStream in, int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException();
    }
    return bytes;
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().withUpperCase().formatHex(bytes);
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (var socket : open) {
      socket.close();
    }
  }
}
