package io.gatehouse.proxyprotocol;

import io.gatehouse.proxyprotocol.ProxyHeader.Local;
import io.gatehouse.proxyprotocol.ProxyHeader.Protocol;
import io.gatehouse.proxyprotocol.ProxyHeader.Proxied;
import io.gatehouse.proxyprotocol.ProxyHeader.Version;
import io.netty.buffer.ByteBuf;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The text format (PROXY protocol, section 2.1): {@code PROXY TCP4 source destination sourcePort
 * destinationPort CRLF}, one space between fields, at most 107 bytes.
 *
 * <p>Each field is checked as soon as it ends, and its characters before that, so that what is not
 * a header is refused early and the verdict does not depend on how the bytes were split.
 */
final class V1Line {
  /** Longest line, in bytes, with its CRLF. */
  static final int MAX_BYTES = 107;

  static final byte FIRST_BYTE = 'P';

  private static final byte[] PREFIX = "PROXY ".getBytes(StandardCharsets.US_ASCII);
  private static final String UNKNOWN = "UNKNOWN";
  private static final int FIELDS = 5;
  private static final int MAX_V4_CHARS = "255.255.255.255".length();
  private static final int MAX_V6_CHARS = "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255".length();
  private static final int MAX_PORT_CHARS = "65535".length();

  private V1Line() {}

  static Decoding decode(ByteBuf in) throws RejectedHeaderException {
    int start = in.readerIndex();
    int available = Math.min(in.readableBytes(), MAX_BYTES);
    for (int i = 0; i < Math.min(available, PREFIX.length); i++) {
      byte found = in.getByte(start + i);
      if (found != PREFIX[i]) {
        throw new RejectedHeaderException(
            Rejection.NOT_A_PROXY_HEADER,
            "byte %d is 0x%02x (expected: 0x%02x of \"PROXY \")",
            i,
            found,
            PREFIX[i]);
      }
    }
    if (available <= PREFIX.length) {
      return new Decoding.NeedMore(1);
    }
    int end = PREFIX.length;
    // The last byte that can open a CRLF is the one before the last.
    while (end < Math.min(available, MAX_BYTES - 1) && !isCrOrLf(in.getByte(start + end))) {
      end++;
    }
    boolean terminated = isTerminated(in, end, available);
    var text = in.toString(start + PREFIX.length, end - PREFIX.length, StandardCharsets.ISO_8859_1);
    var header = parse(text, terminated);
    if (header != null) {
      int length = end + 2;
      in.skipBytes(length);
      return new Decoding.Complete(header, length);
    }
    checkLineEnd(in, end, available);
    return new Decoding.NeedMore(1);
  }

  private static boolean isCrOrLf(byte b) {
    return b == '\r' || b == '\n';
  }

  private static boolean isTerminated(ByteBuf in, int end, int available) {
    int start = in.readerIndex();
    return end + 1 < available
        && in.getByte(start + end) == '\r'
        && in.getByte(start + end + 1) == '\n';
  }

  /** Refuses a line that can no longer end well. */
  private static void checkLineEnd(ByteBuf in, int end, int available)
      throws RejectedHeaderException {
    int start = in.readerIndex();
    if (end >= MAX_BYTES - 1) {
      throw new RejectedHeaderException(
          Rejection.V1_LINE_TOO_LONG, "no CRLF within %d bytes", MAX_BYTES);
    }
    if (end < available && (in.getByte(start + end) == '\n' || end + 1 < available)) {
      throw new RejectedHeaderException(
          Rejection.V1_BARE_CR_OR_LF, "byte %d opens no CRLF (expected: CRLF)", end);
    }
  }

  /**
   * Reads the fields after {@code "PROXY "}.
   *
   * @param terminated whether the text is the whole line
   * @return null if more is needed
   */
  private static @Nullable ProxyHeader parse(String text, boolean terminated)
      throws RejectedHeaderException {
    if (text.startsWith(UNKNOWN)) {
      var rest = text.substring(UNKNOWN.length());
      if (!rest.isEmpty() && rest.charAt(0) != ' ') {
        throw badProtocol();
      }
      return terminated
          ? new Local(
              Version.V1, 0, ByteString.of(rest.getBytes(StandardCharsets.ISO_8859_1)), List.of())
          : null;
    }
    var fields = text.split(" ", -1);
    int whole = terminated ? fields.length : fields.length - 1;
    checkProtocol(fields[0], whole > 0);
    boolean v4 = fields[0].equals("TCP4");
    for (int i = 1; i < Math.min(fields.length, FIELDS); i++) {
      checkField(fields[i], i, v4, i < whole);
    }
    if (fields.length > FIELDS) {
      throw new RejectedHeaderException(
          Rejection.V1_BAD_FIELDS, "more than %d fields after PROXY", FIELDS);
    }
    if (!terminated) {
      return null;
    }
    if (fields.length < FIELDS) {
      throw new RejectedHeaderException(
          Rejection.V1_BAD_FIELDS, "%d fields after PROXY (expected: %d)", fields.length, FIELDS);
    }
    return new Proxied(
        Version.V1,
        Protocol.STREAM,
        new Addresses.Inet(address(fields[1], fields[3], v4), address(fields[2], fields[4], v4)),
        List.of());
  }

  private static void checkProtocol(String field, boolean whole) throws RejectedHeaderException {
    boolean right =
        whole
            ? field.equals("TCP4") || field.equals("TCP6")
            : "TCP4".startsWith(field) || "TCP6".startsWith(field) || UNKNOWN.startsWith(field);
    if (!right) {
      throw badProtocol();
    }
  }

  private static RejectedHeaderException badProtocol() {
    return new RejectedHeaderException(
        Rejection.BAD_FAMILY, "unknown protocol field (expected: TCP4, TCP6 or UNKNOWN)");
  }

  private static void checkField(String field, int index, boolean v4, boolean whole)
      throws RejectedHeaderException {
    boolean port = index > 2;
    int max = port ? MAX_PORT_CHARS : v4 ? MAX_V4_CHARS : MAX_V6_CHARS;
    boolean right = field.length() <= max;
    for (int i = 0; right && i < field.length(); i++) {
      right = isAllowed(field.charAt(i), port, v4);
    }
    if (right && whole) {
      right =
          port
              ? IpText.parseDecimal(field, 0xffff) >= 0
              : (v4 ? IpText.parseV4(field) : IpText.parseV6(field)) != null;
    }
    if (!right) {
      throw new RejectedHeaderException(
          port ? Rejection.BAD_PORT : Rejection.BAD_ADDRESS,
          "field %d is malformed (expected: %s)",
          index + 1,
          port ? "0 to 65535 without leading zeros" : v4 ? "an IPv4 address" : "an IPv6 address");
    }
  }

  private static boolean isAllowed(char c, boolean port, boolean v4) {
    if (c >= '0' && c <= '9') {
      return true;
    }
    boolean hex = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    return !port && (c == '.' || (!v4 && (hex || c == ':')));
  }

  private static InetSocketAddress address(String address, String port, boolean v4) {
    byte[] bytes = v4 ? IpText.parseV4(address) : IpText.parseV6(address);
    if (bytes == null) {
      throw new AssertionError("the field was checked");
    }
    return new InetSocketAddress(Addresses.fromBytes(bytes), IpText.parseDecimal(port, 0xffff));
  }

  /** The line, with its CRLF. */
  static String format(ProxyHeader header) {
    return switch (header) {
      case Local local ->
          "PROXY UNKNOWN"
              + new String(local.skipped().toByteArray(), StandardCharsets.ISO_8859_1)
              + "\r\n";
      case Proxied(var version, var protocol, Addresses.Inet inet, var tlvs) ->
          "PROXY %s %s %s %d %d\r\n"
              .formatted(
                  inet.isIpv4() ? "TCP4" : "TCP6",
                  NetUtil.toAddressString(inet.source().getAddress()),
                  NetUtil.toAddressString(inet.destination().getAddress()),
                  inet.source().getPort(),
                  inet.destination().getPort());
      case Proxied other -> throw new AssertionError("Proxied allows only IP in version 1");
    };
  }

  /** Checks what a {@code UNKNOWN} line is to carry after that word. */
  static void checkUnknownText(ByteString text) {
    int max = MAX_BYTES - PREFIX.length - UNKNOWN.length() - 2;
    boolean right = text.length() <= max && (text.length() == 0 || text.at(0) == ' ');
    for (int i = 0; right && i < text.length(); i++) {
      right = !isCrOrLf(text.at(i));
    }
    if (!right) {
      throw new IllegalArgumentException(
          "text after UNKNOWN: %s (expected: empty, or a space and at most %d bytes without CR or LF)"
              .formatted(text, max - 1));
    }
  }
}
