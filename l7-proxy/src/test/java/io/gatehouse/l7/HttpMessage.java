package io.gatehouse.l7;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * A message read from a socket by the plainest code that can: the judge of what the tier emits.
 *
 * @param head start line and fields, as they came
 * @param body decoded
 * @param chunked whether it came in chunks
 * @param trailers the trailer section, as it came; empty if there is none
 */
record HttpMessage(String head, byte[] body, boolean chunked, String trailers) {

  /** Reads a request: a body only if the head announces one. */
  static HttpMessage readRequest(InputStream in) throws IOException {
    String head = readHead(in);
    return read(in, head, false);
  }

  /** Reads a response to a request of the given method. */
  static HttpMessage readResponse(InputStream in, String method) throws IOException {
    String head = readHead(in);
    int status = status(head);
    boolean bodiless = method.equals("HEAD") || status < 200 || status == 204 || status == 304;
    return bodiless
        ? new HttpMessage(head, new byte[0], isChunked(head), "")
        : read(in, head, true);
  }

  int status() {
    return status(head);
  }

  String startLine() {
    return head.substring(0, head.indexOf("\r\n"));
  }

  String text() {
    return new String(body, StandardCharsets.ISO_8859_1);
  }

  Optional<String> field(String name) {
    return field(head, name);
  }

  static Optional<String> field(String head, String name) {
    for (String line : head.split("\r\n")) {
      int colon = line.indexOf(':');
      if (colon > 0 && line.substring(0, colon).equalsIgnoreCase(name)) {
        return Optional.of(line.substring(colon + 1).strip());
      }
    }
    return Optional.empty();
  }

  static String readHead(InputStream in) throws IOException {
    var bytes = new ByteArrayOutputStream();
    int state = 0;
    while (state < 4) {
      int octet = in.read();
      if (octet < 0) {
        throw new EOFException(
            "end of input after: " + bytes.toString(StandardCharsets.ISO_8859_1));
      }
      bytes.write(octet);
      state = octet == (state % 2 == 0 ? '\r' : '\n') ? state + 1 : octet == '\r' ? 1 : 0;
    }
    return bytes.toString(StandardCharsets.ISO_8859_1);
  }

  private static int status(String head) {
    return Integer.parseInt(head.substring(9, 12));
  }

  private static boolean isChunked(String head) {
    return field(head, "transfer-encoding")
        .map(v -> v.toLowerCase(Locale.ROOT).equals("chunked"))
        .orElse(false);
  }

  private static HttpMessage read(InputStream in, String head, boolean response)
      throws IOException {
    if (isChunked(head)) {
      return new HttpMessage(head, readChunks(in), true, readTrailers(in));
    }
    return new HttpMessage(head, readBody(in, head, response), false, "");
  }

  private static byte[] readBody(InputStream in, String head, boolean response) throws IOException {
    var length = field(head, "content-length");
    if (length.isPresent()) {
      return readExactly(in, Integer.parseInt(length.get()));
    }
    return response ? in.readAllBytes() : new byte[0];
  }

  private static byte[] readChunks(InputStream in) throws IOException {
    var body = new ByteArrayOutputStream();
    while (true) {
      int size = Integer.parseInt(readLine(in), 16);
      if (size == 0) {
        return body.toByteArray();
      }
      body.write(readExactly(in, size));
      if (!readLine(in).isEmpty()) {
        throw new IOException("chunk without its end");
      }
    }
  }

  private static String readTrailers(InputStream in) throws IOException {
    var trailers = new StringBuilder();
    for (String line = readLine(in); !line.isEmpty(); line = readLine(in)) {
      trailers.append(line).append("\r\n");
    }
    return trailers.toString();
  }

  private static byte[] readExactly(InputStream in, int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("%d of %d bytes".formatted(bytes.length, length));
    }
    return bytes;
  }

  private static String readLine(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (int octet = in.read(); octet != '\n'; octet = in.read()) {
      if (octet < 0) {
        throw new EOFException("end of input in a line");
      }
      line.append((char) octet);
    }
    if (line.isEmpty() || line.charAt(line.length() - 1) != '\r') {
      throw new IOException("line without CR: " + line);
    }
    return line.substring(0, line.length() - 1);
  }
}
