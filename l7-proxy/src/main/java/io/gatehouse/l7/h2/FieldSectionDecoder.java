package io.gatehouse.l7.h2;

import io.gatehouse.l7.http.HeadResult;
import io.gatehouse.l7.http.HeadResult.Progress;
import io.gatehouse.l7.http.HeaderBlock;
import io.gatehouse.l7.http.HttpViolation;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/**
 * Decodes field sections (RFC 7541) into a {@link HeaderBlock}; pseudo-header fields are kept
 * apart, for {@link io.gatehouse.l7.http.Http2Heads} to check. Netty's decoder does the work and
 * holds the table; its fields go straight into the block.
 *
 * <p>The length of the decoded list is bounded while it is decoded, so that a short section which
 * stands for a long list (CVE-2016-6581) costs no more than its octets.
 *
 * <p>Owned by its channel's event loop.
 */
public final class FieldSectionDecoder {
  private final Decoder decoder;
  private final FieldSink sink;

  /**
   * @param maxListBytes longest list, as SETTINGS_MAX_HEADER_LIST_SIZE counts it
   * @param maxFields most fields, pseudo-header fields aside
   */
  public FieldSectionDecoder(int maxListBytes, int maxFields) {
    this.sink = new FieldSink(maxFields);
    this.decoder = new Decoder(maxListBytes, sink);
  }

  /**
   * Decodes a whole field section.
   *
   * @param section borrowed; consumed
   * @param into reset, then filled with the fields that aren't pseudo-header fields
   * @return done; or the first rule that a field breaks, in which case the block is not to be used;
   *     or {@link Progress#NEED_MORE} if the section can't be decoded, and so none after it
   */
  public HeadResult decode(int streamId, ByteBuf section, HeaderBlock into) {
    sink.begin(into);
    try {
      decoder.decodeHeaders(streamId, section);
    } catch (Http2Exception.HeaderListSizeException e) {
      return HttpViolation.HEAD_TOO_LARGE;
    } catch (Http2Exception e) {
      return Progress.NEED_MORE;
    }
    var violation = sink.violation();
    return violation == null ? Progress.DONE : violation;
  }

  /** The pseudo-header field {@code :method} of the section that was decoded last, if any. */
  public @Nullable AsciiString method() {
    return sink.pseudo(FieldSink.METHOD);
  }

  /** {@code :scheme}, if any. */
  public @Nullable AsciiString scheme() {
    return sink.pseudo(FieldSink.SCHEME);
  }

  /** {@code :authority}, if any. */
  public @Nullable AsciiString authority() {
    return sink.pseudo(FieldSink.AUTHORITY);
  }

  /** {@code :path}, if any. */
  public @Nullable AsciiString path() {
    return sink.pseudo(FieldSink.PATH);
  }

  /** {@code :protocol} (RFC 8441), if any. */
  public @Nullable AsciiString protocol() {
    return sink.pseudo(FieldSink.PROTOCOL);
  }

  /** {@code :status}, if any. */
  public @Nullable AsciiString status() {
    return sink.pseudo(FieldSink.STATUS);
  }

  /** Whether there is a pseudo-header field that no response may have (RFC 9113 section 8.3). */
  public boolean hasRequestFields() {
    return sink.hasRequestFields();
  }

  /** Whether there is any pseudo-header field. */
  public boolean hasPseudoFields() {
    return sink.hasPseudoFields();
  }

  private static final class Decoder extends DefaultHttp2HeadersDecoder {
    private final FieldSink sink;

    Decoder(int maxListBytes, FieldSink sink) {
      // The sink checks names and values by the rules that hold for HTTP/1.1, too.
      super(false, false, maxListBytes);
      this.sink = sink;
    }

    @Override
    protected Http2Headers newHeaders() {
      return sink;
    }
  }
}
