package io.gatehouse.tests.l7;

import java.util.SplittableRandom;

/**
 * Pipelined requests full of the tricks by which a hop is made to see another end of a request than
 * the next one: PortSwigger's permutations of the two framing fields, the HTTP Garden's of chunks,
 * and octets changed at random. Behind them comes a request that closes, and then octets that no
 * request may hold, more than a body may have: whatever the tricks make of the framing, the
 * connection ends without anyone waiting for a time.
 */
final class RandomConversation {
  /** What {@code maxBody} must be. */
  static final int MAX_BODY_BYTES = 2048;

  private static final String PAD = "\0".repeat(MAX_BODY_BYTES + 512);

  private static final String[] METHODS = {
    "GET", "POST", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "QUERY"
  };
  private static final String[] FIELDS = {
    "Accept: */*",
    "Cookie: a=b; c=\"d e\"",
    "User-Agent:   curl/8.0  ",
    "X-Empty:",
    "X-Tab: a\tb",
    "X-Obs-Text: \u0080\u00ff",
    "Connection: keep-alive",
    "Connection: close, X-A",
    "Connection: content-length",
    "Connection: transfer-encoding, host",
    "Connection: x-a",
    "X-A: 1",
    "Keep-Alive: timeout=5",
    "Proxy-Connection: keep-alive",
    "TE: trailers",
    "Trailer: T",
    "Upgrade: h2c",
    "Expect: 100-continue",
    "Content-Encoding: gzip",
    "Content_Length: 5",
    "Transfer_Encoding: chunked",
    "X-Content-Length: 5",
    "X-Forwarded-For: 198.51.100.1",
  };

  /** Of Transfer-Encoding, after PortSwigger's DesyncBox; the first four are valid. */
  private static final String[] CODINGS = {
    "Transfer-Encoding: chunked",
    "TRANSFER-ENCODING: CHUNKED",
    "transfer-encoding:chunked",
    "Transfer-Encoding:  chunked \t",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding\t: chunked",
    " Transfer-Encoding: chunked",
    "Transfer-Encoding:\u000bchunked",
    "Transfer-Encoding: chunked\u000b",
    "Transfer-Encoding: chunked\r",
    "Transfer-Encoding: chunked\n",
    "Transfer-Encoding:\n chunked",
    "Transfer-Encoding:\r\n chunked",
    "Transfer-Encoding:\r\n\tchunked",
    "Transfer-Encoding\n : chunked",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding: chunk",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding: identity, chunked",
    "Transfer-Encoding: identity",
    "Transfer-Encoding: identity, chunked, identity",
    "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding: chunked, chunked",
    "Transfer-Encoding: ,chunked",
    "Transfer-Encoding: chunked,",
    "Transfer-Encoding: \"chunked\"",
    "Transfer-Encoding: 'chunked'",
    "Transfer-Encoding: chunked;q=1",
    "Transfer-Encoding: \u00a0chunked",
    "Transfer-Encoding: chunked\u0085",
    "Transfer-Encoding:",
    "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding:\r\nTransfer-Encoding: chunked",
    "Foo: bar\r\n Transfer-Encoding: chunked",
    "Foo: bar\rTransfer-Encoding: chunked",
    "Foo: bar\nTransfer-Encoding: chunked",
    "Foo: bar\r\n\rTransfer-Encoding: chunked",
    "Foo: bar\n\nTransfer-Encoding: chunked",
    "Transfer-\rEncoding: chunked",
    "Transfer\\Encoding: chunked",
    "Transfer Encoding: chunked",
    "Transfer-Encoding x: chunked",
    "Transf\u0082r-Encoding: chunked",
    "Transfer-%45ncoding: chunked",
    "Transfer-Encoding\u0000: chunked",
    "Transfer-Encoding: =?UTF-8?B?Y2h1bmtlZA==?=",
    "Content-Encoding: chunked",
  };

  /** Of Content-Length; the %d is the length. The first five are valid. */
  private static final String[] LENGTHS = {
    "Content-Length: %d",
    "CONTENT-LENGTH:%d",
    "Content-Length:  %d \t",
    "Content-Length: 0%d",
    "Content-Length: 00000000000%d",
    "Content-Length : %d",
    " Content-Length: %d",
    "Content-Length: +%d",
    "Content-Length: -%d",
    "Content-Length: %de0",
    "Content-Length: %d.0",
    "Content-Length: 0x%d",
    "Content-Length: 0, %d",
    "Content-Length: %d, %1$d",
    "Content-Length: 0 %d",
    "Content-Length: %d 0",
    "Content-Length: 1_%d",
    "Content-Length: \u000b%d",
    "Content-Length: %d\u0000",
    "Content-Length: \"%d\"",
    "Content-Length: 18446744073709551616%d",
    "Content-Length:",
    "Content-Length: %d\r\nContent-Length: %1$d",
    "Content-Length: %d\r\nContent-Length: 0",
    "Content-Length: 0\r\nContent-Length: %d",
    "Foo: bar\rContent-Length: %d",
    "Foo: bar\nContent-Length: %d",
    "Content\\Length: %d",
  };

  /** Of a chunk's first line; the %s is the size in hexadecimal. The first six are valid. */
  private static final String[] SIZES = {
    "%s\r\n",
    "0%s\r\n",
    "000000000000%s\r\n",
    "%s;a=b\r\n",
    "%s;a=\"b;c\"\r\n",
    "%s;a=b;c\r\n",
    "%s ;a\r\n",
    "%s;\r\n",
    "%s;a\n\r\n",
    "%s;a\rb\r\n",
    "%s;\n",
    "%s\n",
    "%s\r",
    "%s\r\r\n",
    "%s \r\n",
    " %s\r\n",
    "\t%s\r\n",
    "0x%s\r\n",
    "+%s\r\n",
    "-%s\r\n",
    "%s_0\r\n",
    "%s.0\r\n",
    "%s,0\r\n",
    "%s\u0000\r\n",
    "%sg\r\n",
    "10000000000000000%s\r\n",
    "\r\n",
  };

  /** The first four are valid, and so are two more for all who look at no trailer field. */
  private static final String[] LAST_CHUNKS = {
    "0\r\n\r\n",
    "000\r\n\r\n",
    "0;a=b\r\n\r\n",
    "0\r\nT: v\r\n\r\n",
    "0\r\nContent-Length: 5\r\n\r\n",
    "0\r\nTransfer-Encoding: chunked\r\n\r\n",
    "0\r\nT : v\r\n\r\n",
    "0\r\nT\r\n\r\n",
    "0\r\n\n",
    "0\n\r\n",
    "0\r\n\rX",
    "0\r\n",
    "0",
    "",
  };

  private static final String OCTETS =
      "\r\n\t :;,0123456789abcxAZ/%?#\"\\\0\u000b\u007f\u0080\u00ff-";

  private final SplittableRandom random;
  private final long id;
  private final StringBuilder text = new StringBuilder();

  private RandomConversation(SplittableRandom random) {
    this.random = random;
    this.id = random.split().nextLong(1L << 48);
  }

  /** The octets in ISO 8859-1. */
  static String of(SplittableRandom random) {
    var conversation = new RandomConversation(random);
    int requests = 1 + random.nextInt(3);
    for (int i = 0; i < requests; i++) {
      conversation.request(i);
    }
    conversation.mutate();
    return conversation.text
        + "GET /end%x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".formatted(conversation.id)
        + PAD;
  }

  private void request(int index) {
    text.append(pick(METHODS)).append(' ').append(target(index)).append(" HTTP/1.");
    text.append(oneIn(20) ? '0' : '1').append("\r\n");
    if (!oneIn(50)) {
      text.append("Host: a.example\r\n");
    }
    for (int fields = random.nextInt(4); fields > 0; fields--) {
      text.append(pick(FIELDS)).append("\r\n");
    }
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> text.append("\r\n");
      case 3, 4, 5 -> text.append("%s\r\n\r\n%s".formatted(pick(CODINGS, 4), chunks()));
      case 6 -> text.append("Transfer-Encoding: chunked\r\n\r\n").append(chunks());
      case 7, 8, 9 -> lengthAndBody(pick(LENGTHS, 5));
      case 10 -> lengthAndBody("Content-Length: %d");
      default -> {
        var body = oneIn(2) ? chunks() : payload();
        var length = pick(LENGTHS).formatted(body.length());
        var coding = pick(CODINGS);
        text.append(oneIn(2) ? length + "\r\n" + coding : coding + "\r\n" + length);
        text.append("\r\n\r\n").append(body);
      }
    }
  }

  private String target(int index) {
    var path = "/%x/%d".formatted(id, index);
    return switch (random.nextInt(10)) {
      case 0 -> path + "?q=" + random.nextInt(10);
      case 1 -> "http://b.example" + path;
      case 2 -> "/x/.." + path;
      case 3 -> path + "/%7e/./%2F";
      case 4 -> path + "//a;b=c/%41";
      default -> path;
    };
  }

  private void lengthAndBody(String field) {
    var body = payload();
    int length = oneIn(6) ? random.nextInt(2 * body.length() + 2) : body.length();
    text.append(field.formatted(length)).append("\r\n\r\n").append(body);
  }

  /** What another hop might take for the end of a body, or for a request. */
  private String payload() {
    return switch (random.nextInt(5)) {
      case 0 -> "";
      case 1 -> "0\r\n\r\n";
      case 2 -> "GET /smuggled%x HTTP/1.1\r\nHost: a\r\n\r\n".formatted(id);
      case 3 -> "0\r\n\r\nGET /smuggled%x HTTP/1.1\r\nX: ".formatted(id);
      default -> "x".repeat(random.nextInt(100));
    };
  }

  private String chunks() {
    var chunks = new StringBuilder();
    for (int count = random.nextInt(4); count > 0; count--) {
      var data = payload() + "y";
      int size = oneIn(12) ? random.nextInt(2 * data.length()) : data.length();
      var line = oneIn(4) ? pick(SIZES, 6) : "%s\r\n";
      chunks.append(line.formatted(Integer.toHexString(size))).append(data);
      chunks.append(oneIn(20) ? pick(new String[] {"\n", "\r", "", "\r\n\r\n", "a\r\n"}) : "\r\n");
    }
    return chunks.append(oneIn(4) ? pick(LAST_CHUNKS, 4) : "0\r\n\r\n").toString();
  }

  /** Up to three octets changed, inserted, removed or doubled. */
  private void mutate() {
    for (int changes = Math.max(0, random.nextInt(8) - 4); changes > 0; changes--) {
      int at = random.nextInt(text.length());
      char octet = OCTETS.charAt(random.nextInt(OCTETS.length()));
      switch (random.nextInt(4)) {
        case 0 -> text.setCharAt(at, octet);
        case 1 -> text.insert(at, octet);
        case 2 -> text.deleteCharAt(at);
        default -> text.insert(at, text.charAt(at));
      }
    }
  }

  private boolean oneIn(int count) {
    return random.nextInt(count) == 0;
  }

  /** Of four, three are among the first ones. */
  private String pick(String[] from, int valid) {
    return from[random.nextInt(oneIn(4) ? from.length : valid)];
  }

  private String pick(String[] from) {
    return from[random.nextInt(from.length)];
  }
}
