package io.gatehouse.l7.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/** Heads as text for tests, and the limits that they are read with. */
final class Heads {
  static final HeadLimits LIMITS = new HeadLimits(64 * 1024, 8 * 1024, 100);

  private Heads() {}

  static ByteBuf buffer(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
  }

  static HeaderBlock block() {
    return new HeaderBlock(LIMITS.maxHeadBytes());
  }

  /** Parses a request that must be valid. */
  static HeaderBlock request(String text) {
    HeaderBlock head = block();
    HeadResult result = new RequestParser(LIMITS).parse(buffer(text), head);
    if (result != HeadResult.Progress.DONE) {
      throw new AssertionError(result + ": " + text);
    }
    return head;
  }

  /** Parses a response to GET that must be valid. */
  static HeaderBlock response(String text) {
    HeaderBlock head = block();
    HeadResult result = new ResponseParser(LIMITS).parse(buffer(text), head);
    if (result != HeadResult.Progress.DONE) {
      throw new AssertionError(result + ": " + text);
    }
    return head;
  }

  static String written(HeaderBlock request) {
    ByteBuf out = Unpooled.buffer();
    HeadWriter.writeRequest(request, out);
    return out.toString(StandardCharsets.ISO_8859_1);
  }

  static String writtenResponse(HeaderBlock response) {
    ByteBuf out = Unpooled.buffer();
    HeadWriter.writeResponse(response, out);
    return out.toString(StandardCharsets.ISO_8859_1);
  }
}
