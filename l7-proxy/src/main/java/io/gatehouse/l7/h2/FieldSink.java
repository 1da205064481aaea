package io.gatehouse.l7.h2;

import io.gatehouse.l7.http.HeaderBlock;
import io.gatehouse.l7.http.HttpViolation;
import io.netty.handler.codec.EmptyHeaders;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/**
 * What Netty's HPACK decoder takes for a collection of headers: each field that is added goes into
 * the block, and the first rule that one breaks is noted (RFC 9113 sections 8.2 and 8.3).
 *
 * <p>Owned by its channel's event loop.
 */
@SuppressWarnings("NullAway") // Netty's interfaces are not annotated.
final class FieldSink extends EmptyHeaders<CharSequence, CharSequence, Http2Headers>
    implements Http2Headers {
  static final int METHOD = 0;
  static final int SCHEME = 1;
  static final int AUTHORITY = 2;
  static final int PATH = 3;
  static final int PROTOCOL = 4;
  static final int STATUS = 5;

  private static final AsciiString[] PSEUDO_NAMES = {
    AsciiString.cached(":method"),
    AsciiString.cached(":scheme"),
    AsciiString.cached(":authority"),
    AsciiString.cached(":path"),
    AsciiString.cached(":protocol"),
    AsciiString.cached(":status"),
  };

  private final int maxFields;
  private final @Nullable AsciiString[] pseudo = new AsciiString[PSEUDO_NAMES.length];
  private @Nullable HeaderBlock block;
  private boolean pseudoSeen;
  private @Nullable HttpViolation violation;

  FieldSink(int maxFields) {
    this.maxFields = maxFields;
  }

  void begin(HeaderBlock into) {
    into.reset();
    block = into;
    if (pseudoSeen) {
      java.util.Arrays.fill(pseudo, null);
      pseudoSeen = false;
    }
    violation = null;
  }

  @Nullable HttpViolation violation() {
    return violation;
  }

  @Nullable AsciiString pseudo(int index) {
    return pseudo[index];
  }

  boolean hasRequestFields() {
    boolean any = false;
    for (int i = 0; pseudoSeen && i < STATUS; i++) {
      any |= pseudo[i] != null;
    }
    return any;
  }

  boolean hasPseudoFields() {
    return pseudoSeen;
  }

  /** Called by the decoder for each field, with strings whose arrays may be read. */
  @Override
  public Http2Headers add(CharSequence name, CharSequence value) {
    if (violation == null) {
      violation = take((AsciiString) name, (AsciiString) value);
    }
    return this;
  }

  private @Nullable HttpViolation take(AsciiString name, AsciiString value) {
    if (name.isEmpty()) {
      return HttpViolation.FIELD_NAME_EMPTY;
    }
    if (name.byteAt(0) == ':') {
      return takePseudo(name, value);
    }
    if (block.count() == maxFields) {
      return HttpViolation.TOO_MANY_HEADERS;
    }
    return block.appendChecked(
        name.array(),
        name.arrayOffset(),
        name.length(),
        value.array(),
        value.arrayOffset(),
        value.length());
  }

  private @Nullable HttpViolation takePseudo(AsciiString name, AsciiString value) {
    if (block.count() > 0) {
      return HttpViolation.PSEUDO_FIELD_MISPLACED;
    }
    pseudoSeen = true;
    for (int i = 0; i < PSEUDO_NAMES.length; i++) {
      if (PSEUDO_NAMES[i].contentEquals(name)) {
        if (pseudo[i] != null) {
          return HttpViolation.PSEUDO_FIELD_REPEATED;
        }
        pseudo[i] = value;
        return null;
      }
    }
    return HttpViolation.PSEUDO_FIELD_UNKNOWN;
  }

  // What the decoder never asks for

  @Override
  public Http2Headers method(CharSequence value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Http2Headers scheme(CharSequence value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Http2Headers authority(CharSequence value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Http2Headers path(CharSequence value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Http2Headers status(CharSequence value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CharSequence method() {
    throw new UnsupportedOperationException();
  }

  @Override
  public CharSequence scheme() {
    throw new UnsupportedOperationException();
  }

  @Override
  public CharSequence authority() {
    throw new UnsupportedOperationException();
  }

  @Override
  public CharSequence path() {
    throw new UnsupportedOperationException();
  }

  @Override
  public CharSequence status() {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean contains(CharSequence name, CharSequence value, boolean caseInsensitive) {
    throw new UnsupportedOperationException();
  }
}
