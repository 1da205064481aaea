package io.gatehouse.proxyprotocol;

import org.jspecify.annotations.Nullable;

/**
 * IP addresses as strict text: dotted quads without leading zeros, and IPv6 as RFC 4291 section 2.2
 * writes it, without zone. Never a name lookup, never the short forms that {@code inet_aton} takes.
 */
final class IpText {
  private static final int V6_GROUPS = 8;

  private IpText() {}

  /** The 4 bytes of a dotted quad, or null. */
  static byte @Nullable [] parseV4(String text) {
    var bytes = new byte[4];
    int start = 0;
    for (int i = 0; i < 4; i++) {
      int end = i == 3 ? text.length() : text.indexOf('.', start);
      int octet = end < 0 ? -1 : parseDecimal(text.substring(start, end), 255);
      if (octet < 0) {
        return null;
      }
      bytes[i] = (byte) octet;
      start = end + 1;
    }
    return bytes;
  }

  /** The 16 bytes of an IPv6 address, also with a dotted quad as its end, or null. */
  static byte @Nullable [] parseV6(String text) {
    int gap = text.indexOf("::");
    if (gap < 0) {
      var bytes = parseGroups(text);
      return bytes != null && bytes.length == 16 ? bytes : null;
    }
    // A second "::" leaves an empty group in the tail, which parseGroups refuses.
    var head = parseGroups(text.substring(0, gap));
    var tail = parseGroups(text.substring(gap + 2));
    if (head == null
        || tail == null
        || (gap > 0 && text.lastIndexOf('.', gap) >= 0)
        || head.length + tail.length > 14) {
      return null;
    }
    var bytes = new byte[16];
    System.arraycopy(head, 0, bytes, 0, head.length);
    System.arraycopy(tail, 0, bytes, 16 - tail.length, tail.length);
    return bytes;
  }

  /** A decimal number without sign or leading zeros, or -1. */
  static int parseDecimal(String text, int max) {
    int length = text.length();
    if (length == 0 || length > 5 || (length > 1 && text.charAt(0) == '0')) {
      return -1;
    }
    int value = 0;
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      value = value * 10 + (c - '0');
    }
    return value <= max ? value : -1;
  }

  /** Colon-separated groups, the last of which may be a dotted quad; empty text is no groups. */
  private static byte @Nullable [] parseGroups(String text) {
    if (text.isEmpty()) {
      return new byte[0];
    }
    var groups = text.split(":", -1);
    if (groups.length > V6_GROUPS) {
      return null;
    }
    boolean quad = groups[groups.length - 1].indexOf('.') >= 0;
    var bytes = new byte[2 * groups.length + (quad ? 2 : 0)];
    int end = quad ? groups.length - 1 : groups.length;
    for (int i = 0; i < end; i++) {
      int group = parseHexGroup(groups[i]);
      if (group < 0) {
        return null;
      }
      bytes[2 * i] = (byte) (group >> 8);
      bytes[2 * i + 1] = (byte) group;
    }
    if (quad) {
      var last = parseV4(groups[end]);
      if (last == null) {
        return null;
      }
      System.arraycopy(last, 0, bytes, 2 * end, 4);
    }
    return bytes;
  }

  private static int parseHexGroup(String text) {
    if (text.isEmpty() || text.length() > 4) {
      return -1;
    }
    int value = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      // Character.digit would take digits of other scripts.
      int digit = c < 128 ? Character.digit(c, 16) : -1;
      if (digit < 0) {
        return -1;
      }
      value = value << 4 | digit;
    }
    return value;
  }
}
