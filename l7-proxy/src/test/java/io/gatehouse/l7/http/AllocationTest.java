package io.gatehouse.l7.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.gatehouse.l7.PathPolicy;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A connection that is warm takes its messages through without allocating. */
class AllocationTest {
  private static final int WARM_UP = 20_000;
  private static final int MESSAGES = 10_000;
  // The JIT's own housekeeping may show up once on this thread; one octet per message would not
  // fit.
  private static final long TOLERATED_BYTES = 4_096;

  private static final byte[] REQUEST =
      ("POST /a/./b/%7Ec?q=1 HTTP/1.1\r\n"
              + "Host: Example.com:8080\r\n"
              + "User-Agent: Mozilla/5.0\r\n"
              + "Accept: text/html,application/xhtml+xml\r\n"
              + "Accept-Encoding: gzip, deflate, br\r\n"
              + "Cookie: session=0123456789abcdef0123456789abcdef\r\n"
              + "Connection: keep-alive, X-A\r\n"
              + "X-A: b\r\n"
              + "X-Forwarded-For: 198.51.100.1\r\n"
              + "Transfer-Encoding: chunked\r\n\r\n"
              + "5;ext=1\r\n"
              + "hello\r\n"
              + "1\r\n"
              + "!\r\n"
              + "0\r\n"
              + "Trailer: x\r\n\r\n")
          .getBytes(StandardCharsets.US_ASCII);
  private static final byte[] RESPONSE =
      ("HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: x\r\n"
              + "Content-Type: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
          .getBytes(StandardCharsets.US_ASCII);

  private final RequestParser requests = new RequestParser(Heads.LIMITS);
  private final ResponseParser responses = new ResponseParser(Heads.LIMITS);
  private final HeaderBlock head = Heads.block();
  private final BodyReader body = new BodyReader();
  private final RequestId id = new RequestId();
  private final SplittableRandom random = new SplittableRandom(1);
  private final DateHeader date = new DateHeader();
  private final ForwardedClient client =
      ForwardedClient.of(InetAddress.ofLiteral("2001:db8::1"), true, 443);
  private final ByteBuf in = buffer();
  private final ByteBuf out = buffer();

  private static ByteBuf buffer() {
    return UnpooledByteBufAllocator.DEFAULT.heapBuffer(8192);
  }

  @Test
  void nothingIsAllocatedPerMessage() {
    try {
      for (int i = 0; i < WARM_UP; i++) {
        exchange();
      }
      var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long thread = Thread.currentThread().threadId();
      long before = threads.getThreadAllocatedBytes(thread);
      for (int i = 0; i < MESSAGES; i++) {
        exchange();
      }
      long allocated = threads.getThreadAllocatedBytes(thread) - before;
      assertThat(allocated).isLessThan(TOLERATED_BYTES);
    } finally {
      in.release();
      out.release();
    }
  }

  private void exchange() {
    request();
    response();
    out.clear();
    ErrorPage.write(out, 503, id, date.at(784_111_777), true, true);
  }

  private void request() {
    in.clear().writeBytes(REQUEST);
    out.clear();
    check(requests.parse(in, head) == HeadResult.Progress.DONE);
    check(RequestTarget.normalise(head, PathPolicy.DEFAULT) == HeadResult.Progress.DONE);
    check(ConnectionOptions.keepsAlive(head));
    id.draw(random);
    HopByHop.strip(head);
    ForwardedHeaders.apply(head, client, id, false);
    MessageFraming.declare(head, requests.framing());
    HeadWriter.writeRequest(head, out);
    body.begin(requests.framing());
    while (body.next(in) == BodyResult.Progress.PAYLOAD) {
      ChunkWriter.writeHeader(out, body.payloadBytes());
      out.writeBytes(in, body.payloadBytes());
      ChunkWriter.writeEnd(out);
    }
    check(body.hasEnded());
    ChunkWriter.writeLastChunk(out);
  }

  private void response() {
    in.clear().writeBytes(RESPONSE);
    out.clear();
    responses.expect(HttpMethod.POST);
    check(responses.parse(in, head) == HeadResult.Progress.DONE);
    HopByHop.strip(head);
    MessageFraming.declare(head, responses.framing());
    HeadWriter.writeResponse(head, out);
  }

  private static void check(boolean condition) {
    if (!condition) {
      throw new AssertionError("the message was not taken through");
    }
  }
}
