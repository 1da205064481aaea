package io.gatehouse.tests.l7;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Octets sent on one connection at once, and the answers that came until the other side closed it.
 *
 * @param answers final ones, in their order
 * @param whole whether the last of them came whole, and nothing behind it
 */
record Conversation(List<Answer> answers, boolean whole) {
  private static final int TIMEOUT_MILLIS = 30_000;

  /**
   * @param head status line and fields, as they came
   * @param body decoded
   */
  record Answer(String head, String body) {
    int status() {
      return Integer.parseInt(head.substring(9, 12));
    }

    /** What a {@link Recorder} has read, if one answered. */
    Optional<String> seen() {
      return field(head, Recorder.FIELD);
    }

    /** Whether it is an error page of Gatehouse's own. */
    boolean isOwn() {
      return field(head, "content-type").equals(Optional.of("application/problem+json"));
    }

    @Override
    public String toString() {
      return seen().map(seen -> status() + " " + seen).orElse(status() + (isOwn() ? " own" : " "));
    }
  }

  /**
   * Sends and reads to the end.
   *
   * @throws java.net.SocketTimeoutException if the other side does not close
   */
  static Conversation of(InetSocketAddress server, byte[] octets) throws IOException {
    try (var socket = new Socket()) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.connect(server, TIMEOUT_MILLIS);
      try {
        socket.getOutputStream().write(octets);
      } catch (SocketException e) {
        // closed on us: what it has answered is still to be read
      }
      return read(new String(socket.getInputStream().readAllBytes(), ISO_8859_1));
    }
  }

  /** Reads answers out of all that came. */
  static Conversation read(String text) {
    var answers = new ArrayList<Answer>();
    int at = 0;
    while (at < text.length()) {
      int end = text.indexOf("\r\n\r\n", at);
      if (end < 0 || !text.startsWith("HTTP/1.1 ", at)) {
        return new Conversation(answers, false);
      }
      end += 4;
      var head = text.substring(at, end);
      var body = body(head, text, end);
      if (body.isEmpty()) {
        return new Conversation(answers, false);
      }
      at = body.get().end;
      if (!head.startsWith("1", 9)) {
        answers.add(new Answer(head, body.get().text));
      }
    }
    return new Conversation(answers, true);
  }

  private record Body(String text, int end) {}

  /** Empty if it did not come whole. */
  private static Optional<Body> body(String head, String text, int start) {
    int status = Integer.parseInt(head.substring(9, 12));
    // An answer to HEAD announces what it doesn't bring: another answer or nothing follows.
    boolean none = status < 200 || status == 204 || status == 304;
    if (none || text.startsWith("HTTP/1.1 ", start)) {
      return Optional.of(new Body("", start));
    }
    if (field(head, "transfer-encoding").isPresent()) {
      return chunks(text, start);
    }
    var length = field(head, "content-length").map(Integer::parseInt);
    int end = start + length.orElse(text.length() - start);
    if (end > text.length()) {
      boolean answersHead = start == text.length();
      return answersHead ? Optional.of(new Body("", start)) : Optional.empty();
    }
    return Optional.of(new Body(text.substring(start, end), end));
  }

  private static Optional<Body> chunks(String text, int start) {
    var body = new StringBuilder();
    int at = start;
    while (true) {
      int line = text.indexOf("\r\n", at);
      if (line < 0) {
        return Optional.empty();
      }
      int size = Integer.parseInt(text.substring(at, line), 16);
      at = line + 2 + size + 2;
      if (at > text.length()) {
        return Optional.empty();
      }
      if (size == 0) {
        return Optional.of(new Body(body.toString(), at));
      }
      body.append(text, line + 2, at - 2);
    }
  }

  private static Optional<String> field(String head, String name) {
    return head.lines()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
        .map(line -> line.substring(name.length() + 1).strip())
        .findFirst();
  }
}
