package io.gatehouse.l7.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l7.http.BodyFraming;
import io.gatehouse.l7.http.HeadLimits;
import io.gatehouse.l7.http.HeadResult;
import io.gatehouse.l7.http.HeadResult.Progress;
import io.gatehouse.l7.http.HeadWriter;
import io.gatehouse.l7.http.HeaderBlock;
import io.gatehouse.l7.http.HopByHop;
import io.gatehouse.l7.http.Http2Heads;
import io.gatehouse.l7.http.HttpMethod;
import io.gatehouse.l7.http.MessageFraming;
import io.gatehouse.l7.http.RequestParser;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What holds for any octets at all that come behind a preface. */
final class AnyFrames {
  private static final HeadLimits LIMITS = new HeadLimits(16 * 1024, 8 * 1024, 100);

  private AnyFrames() {}

  /**
   * Reads octets as frames, whole and in pieces: no exception, no octet read that isn't there, the
   * same events either way, and each request head that passes is one request in HTTP/1.1, too.
   */
  static void check(byte[] octets) {
    List<String> whole = read(octets, octets.length);
    assertThat(read(octets, 1)).isEqualTo(whole);
    assertThat(read(octets, 1 + octets.length / 3)).isEqualTo(whole);
  }

  private static List<String> read(byte[] octets, int piece) {
    var reader =
        new FrameReader(
            new FieldSectionDecoder(LIMITS.maxHeadBytes(), LIMITS.maxHeaders()),
            LIMITS.maxHeadBytes());
    var events = new Events();
    ByteBuf in = Unpooled.buffer();
    for (int at = 0; at < octets.length && !reader.hasStopped(); at += piece) {
      in.writeBytes(octets, at, Math.min(piece, octets.length - at));
      reader.read(in, UnpooledByteBufAllocator.DEFAULT, events);
      in.discardReadBytes();
    }
    reader.release();
    return events.all;
  }

  /** A head that went through: what is written to a backend is that request, and nothing more. */
  private static void checkWritten(HeaderBlock head, BodyFraming framing) {
    HopByHop.strip(head);
    MessageFraming.declare(head, framing);
    ByteBuf written = Unpooled.buffer();
    HeadWriter.writeRequest(head, written);
    var text = written.toString(StandardCharsets.ISO_8859_1);
    var parser = new RequestParser(new HeadLimits(1 << 17, 1 << 14, 200));
    var again = new HeaderBlock(1 << 17);
    assertThat(parser.parse(written, again)).as(text).isEqualTo(Progress.DONE);
    assertThat(written.isReadable()).as(text).isFalse();
    assertThat(parser.framing().kind()).as(text).isEqualTo(framing.kind());
    assertThat(parser.framing().length()).as(text).isEqualTo(framing.length());
  }

  private static final class Events implements FrameHandler {
    final List<String> all = new ArrayList<>();
    private final HeaderBlock head = new HeaderBlock(LIMITS.maxHeadBytes());

    private void add(String event) {
      all.add(event);
    }

    @Override
    public void data(int streamId, ByteBuf from, int length, int paddingBytes, boolean endStream) {
      var data = from.toString(from.readerIndex(), length, StandardCharsets.ISO_8859_1);
      add("data " + streamId + " " + data + " " + paddingBytes + " " + endStream);
    }

    @Override
    public HeaderBlock headFor(int streamId) {
      return head;
    }

    @Override
    public void headers(
        int streamId,
        HeadResult result,
        FieldSectionDecoder fields,
        boolean endStream,
        boolean dependsOnItself) {
      HeadResult outcome = result;
      if (result == Progress.DONE) {
        var framing = new BodyFraming();
        outcome =
            Http2Heads.request(
                head,
                fields.method(),
                fields.scheme(),
                fields.authority(),
                fields.path(),
                fields.protocol(),
                endStream,
                LIMITS,
                framing);
        if (outcome == Progress.DONE && head.method() != HttpMethod.CONNECT) {
          checkWritten(head, framing);
        }
      }
      add("headers " + streamId + " " + outcome + " " + endStream + " " + dependsOnItself);
    }

    @Override
    public void priority(int streamId) {
      add("priority " + streamId);
    }

    @Override
    public void reset(int streamId, long errorCode) {
      add("reset " + streamId + " " + errorCode);
    }

    @Override
    public void setting(int id, long value) {
      add("setting " + id + " " + value);
    }

    @Override
    public void settingsEnd() {
      add("settings");
    }

    @Override
    public void settingsAck() {
      add("settings ack");
    }

    @Override
    public void ping(long opaque) {
      add("ping " + opaque);
    }

    @Override
    public void pingAck(long opaque) {
      add("ping ack " + opaque);
    }

    @Override
    public void goAway(int lastStreamId, long errorCode) {
      add("goaway " + lastStreamId + " " + errorCode);
    }

    @Override
    public void windowUpdate(int streamId, int increment) {
      assertThat(increment).isPositive();
      add("window " + streamId + " " + increment);
    }

    @Override
    public void unknownFrame(int streamId) {
      add("unknown " + streamId);
    }

    @Override
    public void streamFault(int streamId, Http2Error error, String detail) {
      add("stream fault " + streamId + " " + error + " " + detail);
    }

    @Override
    public void connectionFault(Http2Error error, String detail) {
      add("connection fault " + error + " " + detail);
    }

    @Override
    public void continuationFlood(String detail) {
      add("flood " + detail);
    }
  }
}
