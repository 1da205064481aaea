package io.gatehouse.l7.http;

import java.util.SplittableRandom;

/** Requests that are mostly valid, and mutations that mostly are not. */
final class RandomMessages {
  private static final String[] LINES = {
    "GET / HTTP/1.1",
    "POST /a/b?c=d HTTP/1.1",
    "PUT /%7e/./x/../y HTTP/1.1",
    "DELETE /z HTTP/1.0",
    "OPTIONS * HTTP/1.1",
    "GET http://b.example/x HTTP/1.1",
    "FOO /?q HTTP/1.1",
  };
  private static final String[] FIELDS = {
    "Accept: */*",
    "Accept-Encoding:gzip, br",
    "Cookie: a=b; c=\"d e\"",
    "User-Agent:   curl/8.0  ",
    "X-Empty:",
    "x-tab: a\tb",
    "Connection: keep-alive",
    "Connection: close, X-A",
    "X-A: 1",
    "X-Forwarded-For: 198.51.100.1",
    "TE: trailers",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding: xchunked",
    "Content-Length: +3",
    "Transfer-Encoding:\u000bchunked",
  };
  private static final String OCTETS =
      "\r\n\t :;,0123456789abcxAZ/%?#\"\0\u000b\u007f\u0080\u00ff-";

  private RandomMessages() {}

  /** One to three pipelined requests, each with a body now and then. */
  static String requests(SplittableRandom random) {
    var text = new StringBuilder();
    int count = 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      text.append(pick(random, LINES)).append("\r\nHost: a.example\r\n");
      int fields = random.nextInt(5);
      for (int f = 0; f < fields; f++) {
        // The last few are invalid: let them be rare.
        boolean valid = random.nextInt(20) > 0;
        int bound = valid ? FIELDS.length - 4 : FIELDS.length;
        text.append(FIELDS[random.nextInt(bound)]).append("\r\n");
      }
      text.append(framingAndBody(random));
    }
    return text.toString();
  }

  private static String framingAndBody(SplittableRandom random) {
    return switch (random.nextInt(5)) {
      case 0 -> "Content-Length: 3\r\n\r\nabc";
      case 1 -> "Transfer-Encoding: chunked\r\n\r\n" + chunks(random);
      case 2 -> "content-length: 007\r\n\r\nGET / H";
      default -> "\r\n";
    };
  }

  static String chunks(SplittableRandom random) {
    var text = new StringBuilder();
    int count = random.nextInt(4);
    for (int i = 0; i < count; i++) {
      String data = "0\r\n\r\nGET".repeat(1 + random.nextInt(4));
      text.append(Integer.toHexString(data.length()));
      text.append(random.nextInt(4) == 0 ? ";a=\"b\"" : "").append("\r\n").append(data);
      text.append("\r\n");
    }
    return text.append("0\r\n").append(random.nextInt(3) == 0 ? "T: v\r\n" : "") + "\r\n";
  }

  /** The text with up to three octets changed, inserted, removed or doubled. */
  static String mutate(String text, SplittableRandom random) {
    var mutated = new StringBuilder(text);
    int changes = random.nextInt(4);
    for (int i = 0; i < changes && !mutated.isEmpty(); i++) {
      int at = random.nextInt(mutated.length());
      char octet = OCTETS.charAt(random.nextInt(OCTETS.length()));
      switch (random.nextInt(4)) {
        case 0 -> mutated.setCharAt(at, octet);
        case 1 -> mutated.insert(at, octet);
        case 2 -> mutated.deleteCharAt(at);
        default -> mutated.insert(at, mutated.charAt(at));
      }
    }
    return mutated.toString();
  }

  private static String pick(SplittableRandom random, String[] from) {
    return from[random.nextInt(from.length)];
  }
}
