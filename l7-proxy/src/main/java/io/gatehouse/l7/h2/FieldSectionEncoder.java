package io.gatehouse.l7.h2;

import io.gatehouse.l7.http.HeaderBlock;
import io.gatehouse.l7.http.HeaderName;
import io.gatehouse.l7.http.HttpMethod;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * Encodes field sections (RFC 7541) from a {@link HeaderBlock}, without an object per field.
 *
 * <p>Fields that repeat from message to message are put into the dynamic table. Values that rarely
 * come twice are not, only their name; credentials and cookies are never put into a table, here or
 * further on (section 7.1.3). Strings go out as they are: Huffman coding would save a quarter of
 * what is left, once, and costs more time than the rest.
 *
 * <p>Owned by its channel's event loop.
 */
public final class FieldSectionEncoder {
  private static final int INDEXED = 0x80;
  private static final int INCREMENTAL = 0x40;
  private static final int SIZE_UPDATE = 0x20;
  private static final int NEVER_INDEXED = 0x10;
  private static final int WITHOUT_INDEXING = 0x00;

  private static final byte[] CONNECT = "CONNECT".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] PROTOCOL = ":protocol".getBytes(StandardCharsets.US_ASCII);

  private static final HeaderName[] NEVER = {
    HeaderName.AUTHORIZATION,
    HeaderName.PROXY_AUTHORIZATION,
    HeaderName.COOKIE,
    HeaderName.SET_COOKIE,
  };

  private static final HeaderName[] RARELY_TWICE = {
    HeaderName.CONTENT_LENGTH,
    HeaderName.CONTENT_RANGE,
    HeaderName.LOCATION,
    HeaderName.X_REQUEST_ID,
    HeaderName.TRACEPARENT,
    HeaderName.FORWARDED,
    HeaderName.X_FORWARDED_FOR,
    HeaderName.of("age"),
    HeaderName.of("etag"),
    HeaderName.of("last-modified"),
    HeaderName.of("expires"),
    HeaderName.of("if-modified-since"),
    HeaderName.of("if-none-match"),
    HeaderName.of("range"),
  };

  private final EncoderTable table = new EncoderTable(Setting.DEFAULT_TABLE_BYTES);
  private int smallestSinceUpdate = Setting.DEFAULT_TABLE_BYTES;
  private boolean sizeChanged;

  /** The peer's decoder allows its table this size (SETTINGS_HEADER_TABLE_SIZE). */
  public void allowTable(long bytes) {
    int allowed = (int) Math.min(bytes, Setting.DEFAULT_TABLE_BYTES);
    if (allowed != table.maxBytes()) {
      smallestSinceUpdate = Math.min(smallestSinceUpdate, allowed);
      sizeChanged = true;
      table.resize(allowed);
    }
  }

  /**
   * Encodes the head of a response.
   *
   * @param out borrowed; grows as needed
   */
  public void response(HeaderBlock head, ByteBuf out) {
    begin(out);
    int status = head.status();
    int indexed = StaticTable.ofStatus(status);
    if (indexed != 0) {
      out.writeByte(INDEXED | indexed);
    } else {
      integer(out, WITHOUT_INDEXING, 4, StaticTable.STATUS);
      out.writeByte(3);
      out.writeByte('0' + status / 100);
      out.writeByte('0' + status / 10 % 10);
      out.writeByte('0' + status % 10);
    }
    fields(head, out, -1);
  }

  /**
   * Encodes the head of a request; its Host becomes {@code :authority}.
   *
   * @param secure whether the scheme is https
   * @param out borrowed; grows as needed
   */
  public void request(HeaderBlock head, boolean secure, ByteBuf out) {
    begin(out);
    if (head.method() == HttpMethod.GET) {
      out.writeByte(INDEXED | StaticTable.METHOD);
    } else if (head.method() == HttpMethod.POST) {
      out.writeByte(INDEXED | StaticTable.METHOD_POST);
    } else {
      integer(out, WITHOUT_INDEXING, 4, StaticTable.METHOD);
      string(out, head.bytes(), head.methodStart(), head.methodLength());
    }
    out.writeByte(INDEXED | (secure ? StaticTable.SCHEME_HTTPS : StaticTable.SCHEME_HTTP));
    int host = head.find(HeaderName.HOST);
    if (host >= 0) {
      integer(out, WITHOUT_INDEXING, 4, StaticTable.AUTHORITY);
      string(out, head.bytes(), head.valueStart(host), head.valueLength(host));
    }
    integer(out, WITHOUT_INDEXING, 4, StaticTable.PATH);
    string(out, head.bytes(), head.targetStart(), head.targetLength());
    fields(head, out, host);
  }

  /**
   * Encodes the head of a request for a tunnel (RFC 8441 section 4); its Host becomes {@code
   * :authority}.
   *
   * @param secure whether the scheme is https
   * @param protocol that the tunnel is to carry
   * @param without a field that isn't encoded
   * @param out borrowed; grows as needed
   */
  public void connect(
      HeaderBlock head, boolean secure, byte[] protocol, HeaderName without, ByteBuf out) {
    begin(out);
    integer(out, WITHOUT_INDEXING, 4, StaticTable.METHOD);
    string(out, CONNECT, 0, CONNECT.length);
    integer(out, WITHOUT_INDEXING, 4, 0);
    string(out, PROTOCOL, 0, PROTOCOL.length);
    string(out, protocol, 0, protocol.length);
    out.writeByte(INDEXED | (secure ? StaticTable.SCHEME_HTTPS : StaticTable.SCHEME_HTTP));
    int host = head.find(HeaderName.HOST);
    if (host >= 0) {
      integer(out, WITHOUT_INDEXING, 4, StaticTable.AUTHORITY);
      string(out, head.bytes(), head.valueStart(host), head.valueLength(host));
    }
    integer(out, WITHOUT_INDEXING, 4, StaticTable.PATH);
    string(out, head.bytes(), head.targetStart(), head.targetLength());
    for (int i = 0; i < head.count(); i++) {
      if (!head.isRemoved(i) && i != host && !head.nameEquals(i, without)) {
        field(head, i, out);
      }
    }
  }

  /**
   * Encodes a trailer section.
   *
   * @param out borrowed; grows as needed
   */
  public void trailers(HeaderBlock trailers, ByteBuf out) {
    begin(out);
    fields(trailers, out, -1);
  }

  /** Says that the size of the table has changed, its smallest size first (section 4.2). */
  private void begin(ByteBuf out) {
    if (!sizeChanged) {
      return;
    }
    sizeChanged = false;
    if (smallestSinceUpdate < table.maxBytes()) {
      integer(out, SIZE_UPDATE, 5, smallestSinceUpdate);
    }
    integer(out, SIZE_UPDATE, 5, table.maxBytes());
    smallestSinceUpdate = table.maxBytes();
  }

  private void fields(HeaderBlock head, ByteBuf out, int except) {
    for (int i = 0; i < head.count(); i++) {
      if (!head.isRemoved(i) && i != except) {
        field(head, i, out);
      }
    }
  }

  private void field(HeaderBlock head, int i, ByteBuf out) {
    byte[] bytes = head.bytes();
    int hash = head.nameHash(i);
    int nameStart = head.nameStart(i);
    int nameLength = head.nameLength(i);
    int valueStart = head.valueStart(i);
    int valueLength = head.valueLength(i);
    if (isOneOf(NEVER, head, i)) {
      literal(head, i, out, NEVER_INDEXED, 4, StaticTable.find(head, i));
      return;
    }
    int found = table.find(hash, bytes, nameStart, nameLength, valueStart, valueLength);
    if (found >= 0) {
      integer(out, INDEXED, 7, StaticTable.SIZE + 1 + found);
      return;
    }
    int name = StaticTable.find(head, i);
    if (name == 0 && table.foundName() >= 0) {
      name = StaticTable.SIZE + 1 + table.foundName();
    }
    // Without any entry for the name, an entry is worth it for the name's sake.
    boolean index =
        table.takes(nameLength, valueLength) && (name == 0 || !isOneOf(RARELY_TWICE, head, i));
    literal(head, i, out, index ? INCREMENTAL : WITHOUT_INDEXING, index ? 6 : 4, name);
    if (index) {
      table.add(hash, bytes, nameStart, nameLength, valueStart, valueLength);
    }
  }

  private static boolean isOneOf(HeaderName[] names, HeaderBlock head, int field) {
    for (HeaderName name : names) {
      if (head.nameEquals(field, name)) {
        return true;
      }
    }
    return false;
  }

  private static void literal(
      HeaderBlock head, int i, ByteBuf out, int pattern, int prefixBits, int name) {
    integer(out, pattern, prefixBits, name);
    if (name == 0) {
      string(out, head.bytes(), head.nameStart(i), head.nameLength(i));
    }
    string(out, head.bytes(), head.valueStart(i), head.valueLength(i));
  }

  private static void string(ByteBuf out, byte[] bytes, int start, int length) {
    integer(out, 0, 7, length);
    out.writeBytes(bytes, start, length);
  }

  /** RFC 7541 section 5.1. */
  private static void integer(ByteBuf out, int pattern, int prefixBits, int value) {
    int limit = (1 << prefixBits) - 1;
    if (value < limit) {
      out.writeByte(pattern | value);
      return;
    }
    out.writeByte(pattern | limit);
    int rest = value - limit;
    while (rest >= 0x80) {
      out.writeByte((rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    out.writeByte(rest);
  }
}
