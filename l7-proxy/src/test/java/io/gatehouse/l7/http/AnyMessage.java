package io.gatehouse.l7.http;

import static io.gatehouse.l7.http.HeadResult.Progress.DONE;
import static io.gatehouse.l7.http.HeadResult.Progress.NEED_MORE;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l7.PathPolicy;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** What holds for any octets at all, shared by the seeded tests and the fuzzer. */
final class AnyMessage {
  private static final ForwardedClient CLIENT =
      ForwardedClient.of(InetAddress.ofLiteral("192.0.2.1"), false, 80);

  private AnyMessage() {}

  /**
   * @param head the head as it goes on
   * @param body its payload
   */
  record Read(String head, String body) {}

  /**
   * Reads octets as a connection full of requests, whole and in pieces: no exception, no octet read
   * that isn't there, the same result either way, and each head that passes goes on as one that
   * reads the same.
   */
  static void checkRequests(byte[] octets) {
    List<Read> whole = new ArrayList<>();
    HeadResult verdict = readRequests(octets, octets.length, whole);
    List<Read> pieces = new ArrayList<>();
    assertThat(readRequests(octets, 1, pieces)).isEqualTo(verdict);
    assertThat(pieces).isEqualTo(whole);
    int odd = 1 + octets.length / 3;
    pieces.clear();
    assertThat(readRequests(octets, odd, pieces)).isEqualTo(verdict);
    assertThat(pieces).isEqualTo(whole);
  }

  private static HeadResult readRequests(byte[] octets, int piece, List<Read> into) {
    var connection = new Connection(into);
    ByteBuf in = Unpooled.buffer();
    HeadResult result = NEED_MORE;
    for (int at = 0; at < octets.length && !(result instanceof HttpViolation); at += piece) {
      in.writeBytes(octets, at, Math.min(piece, octets.length - at));
      result = connection.read(in);
      in.discardReadBytes();
    }
    return result;
  }

  /** A server's side of a connection. */
  private static final class Connection {
    private final RequestParser parser = new RequestParser(Heads.LIMITS);
    private final HeaderBlock head = Heads.block();
    private final BodyReader body = new BodyReader();
    private final StringBuilder payload = new StringBuilder();
    private final List<Read> into;
    private String goingOn = "";
    private boolean inBody;

    Connection(List<Read> into) {
      this.into = into;
    }

    HeadResult read(ByteBuf in) {
      while (true) {
        if (!inBody) {
          HeadResult result = parser.parse(in, head);
          if (result != DONE) {
            return result;
          }
          body.begin(parser.framing());
          HeadResult forwarded = forward(head, parser.framing());
          if (forwarded != DONE) {
            return forwarded;
          }
          goingOn = Heads.written(head);
          checkReadsTheSame(goingOn);
          inBody = true;
        }
        BodyResult result = body.next(in);
        switch (result) {
          case BodyResult.Progress.PAYLOAD ->
              payload.append(in.readCharSequence(body.payloadBytes(), StandardCharsets.ISO_8859_1));
          case BodyResult.Progress.NEED_MORE -> {
            assertThat(in.isReadable()).isFalse();
            return NEED_MORE;
          }
          case BodyResult.Progress.END -> {
            into.add(new Read(goingOn, payload.toString()));
            payload.setLength(0);
            inBody = false;
          }
          case HttpViolation violation -> {
            return violation;
          }
        }
      }
    }
  }

  /** Does to a head what the proxy does. */
  private static HeadResult forward(HeaderBlock head, BodyFraming framing) {
    HeadResult result = RequestTarget.normalise(head, PathPolicy.DEFAULT);
    if (result == DONE) {
      var id = new RequestId();
      id.draw(new SplittableRandom(0));
      HopByHop.strip(head);
      ForwardedHeaders.apply(head, CLIENT, id, true);
      MessageFraming.declare(head, framing);
    }
    return result;
  }

  private static void checkReadsTheSame(String written) {
    // A request of HTTP/1.0 may lack the Host that 1.1 must have.
    boolean hasHost = written.contains("\r\nhost: ");
    HeaderBlock again = Heads.block();
    HeadResult result =
        new RequestParser(new HeadLimits(1 << 17, 1 << 14, 200))
            .parse(Heads.buffer(written), again);
    assertThat(result).isEqualTo(hasHost ? DONE : HttpViolation.HOST_MISSING);
    if (hasHost) {
      assertThat(RequestTarget.normalise(again, PathPolicy.DEFAULT)).isEqualTo(DONE);
      assertThat(Heads.written(again)).isEqualTo(written);
    }
  }

  /** Reads octets as a response, whole and octet by octet: no exception, the same verdict. */
  static void checkResponse(byte[] octets) {
    HeaderBlock head = Heads.block();
    HeadResult whole = new ResponseParser(Heads.LIMITS).parse(Unpooled.wrappedBuffer(octets), head);
    var parser = new ResponseParser(Heads.LIMITS);
    HeaderBlock slow = Heads.block();
    ByteBuf in = Unpooled.buffer();
    HeadResult result = NEED_MORE;
    for (int i = 0; i < octets.length && result == NEED_MORE; i++) {
      in.writeByte(octets[i]);
      result = parser.parse(in, slow);
    }
    assertThat(result).isEqualTo(whole);
    if (whole == DONE) {
      HopByHop.strip(head);
      HopByHop.strip(slow);
      String written = Heads.writtenResponse(head);
      assertThat(Heads.writtenResponse(slow)).isEqualTo(written);
      assertThat(Heads.writtenResponse(Heads.response(written))).isEqualTo(written);
    }
  }

  /** Reads octets as a chunked body, whole and octet by octet: the same payload and verdict. */
  static void checkChunks(byte[] octets) {
    var whole = new StringBuilder();
    var pieces = new StringBuilder();
    assertThat(readChunks(octets, 1, pieces)).isEqualTo(readChunks(octets, octets.length, whole));
    assertThat(pieces.toString()).isEqualTo(whole.toString());
  }

  private static BodyResult readChunks(byte[] octets, int piece, StringBuilder payload) {
    var framing = new BodyFraming();
    framing.setChunked();
    var body = new BodyReader();
    body.begin(framing);
    BodyResult result = BodyResult.Progress.NEED_MORE;
    for (int at = 0; at < octets.length && result == BodyResult.Progress.NEED_MORE; at += piece) {
      ByteBuf in = Unpooled.wrappedBuffer(octets, at, Math.min(piece, octets.length - at));
      while ((result = body.next(in)) == BodyResult.Progress.PAYLOAD) {
        payload.append(in.readCharSequence(body.payloadBytes(), StandardCharsets.ISO_8859_1));
      }
    }
    return result;
  }
}
