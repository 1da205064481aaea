package io.gatehouse.l7.http;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Octet classes of RFC 9110 section 5.6 and RFC 3986, as tables, and the scan for field values. */
final class Syntax {
  static final byte CR = '\r';
  static final byte LF = '\n';
  static final byte SP = ' ';
  static final byte HTAB = '\t';

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;

  private static final byte[] TOKEN_LOWER = new byte[256];
  private static final boolean[] TARGET = new boolean[256];
  private static final boolean[] HOST = new boolean[256];
  private static final boolean[] UNRESERVED = new boolean[256];
  private static final byte[] HEX = new byte[256];

  static {
    for (int c = 'a'; c <= 'z'; c++) {
      TOKEN_LOWER[c] = (byte) c;
      TOKEN_LOWER[c - 'a' + 'A'] = (byte) c;
      UNRESERVED[c] = true;
      UNRESERVED[c - 'a' + 'A'] = true;
    }
    for (int c = '0'; c <= '9'; c++) {
      TOKEN_LOWER[c] = (byte) c;
      UNRESERVED[c] = true;
    }
    for (byte c : ascii("!#$%&'*+-.^_`|~")) {
      TOKEN_LOWER[c] = c;
    }
    for (byte c : ascii("-._~")) {
      UNRESERVED[c] = true;
    }
    System.arraycopy(UNRESERVED, 0, HOST, 0, HOST.length);
    // Browsers leave []^`{|} and \ alone in a query (WHATWG URL), so those pass; RequestTarget
    // refuses the backslash in a path.
    for (int c = '!'; c < 0x7F; c++) {
      TARGET[c] = c != '"' && c != '#' && c != '<' && c != '>';
    }
    Arrays.fill(HEX, (byte) -1);
    for (int digit = 0; digit < 16; digit++) {
      HEX["0123456789abcdef".charAt(digit)] = (byte) digit;
      HEX["0123456789ABCDEF".charAt(digit)] = (byte) digit;
    }
  }

  private Syntax() {}

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** The octet in lower case if it may stand in a token (RFC 9110 section 5.6.2), else 0. */
  static byte tokenLower(byte octet) {
    return TOKEN_LOWER[octet & 0xFF];
  }

  static byte lower(byte octet) {
    return octet >= 'A' && octet <= 'Z' ? (byte) (octet + ('a' - 'A')) : octet;
  }

  static byte upper(byte octet) {
    return octet >= 'a' && octet <= 'z' ? (byte) (octet - ('a' - 'A')) : octet;
  }

  static boolean isDigit(byte octet) {
    return octet >= '0' && octet <= '9';
  }

  static boolean isWhitespace(byte octet) {
    return octet == SP || octet == HTAB;
  }

  static boolean isTargetOctet(byte octet) {
    return TARGET[octet & 0xFF];
  }

  /** Letters, digits and {@code -._~}: what a reg-name may hold without being read two ways. */
  static boolean isHostOctet(byte octet) {
    return HOST[octet & 0xFF];
  }

  static boolean isUnreserved(int octet) {
    return UNRESERVED[octet & 0xFF];
  }

  /** The value of a hexadecimal digit, or -1. */
  static int hex(byte octet) {
    return HEX[octet & 0xFF];
  }

  /** Whether a field value may hold the octet (RFC 9110 section 5.5): no control but the tab. */
  static boolean isValueOctet(byte octet) {
    return (octet >= SP && octet != 0x7F) || octet < 0 || octet == HTAB;
  }

  /**
   * The first index at or after {@code from} whose octet a field value may not hold, or {@code to}.
   * Eight octets at a time, with the zero-byte test of Mycroft (1987).
   */
  static int endOfValue(byte[] bytes, int from, int to) {
    int at = from;
    while (at <= to - Long.BYTES) {
      long word = (long) LONG.get(bytes, at);
      long below = (word - ONES * SP) & ~word;
      long notDelete = word ^ (ONES * 0x7F);
      long hit = (below | ((notDelete - ONES) & ~notDelete)) & HIGH_BITS;
      if (hit == 0) {
        at += Long.BYTES;
        continue;
      }
      at += Long.numberOfTrailingZeros(hit) >>> 3;
      if (bytes[at] != HTAB) {
        return at;
      }
      at++;
    }
    while (at < to && isValueOctet(bytes[at])) {
      at++;
    }
    return at;
  }

  /** The eight octets from {@code at} on, little-endian. */
  static long word(byte[] bytes, int at) {
    return (long) LONG.get(bytes, at);
  }

  /** The hash of a field name as {@link HeaderName} and the parsers compute it, one octet on. */
  static int nameHash(int hash, byte lower) {
    return hash * 31 + lower;
  }

  /** The hash of a whole name in lower case. */
  static int nameHash(byte[] lower, int start, int length) {
    int hash = 0;
    for (int i = start; i < start + length; i++) {
      hash = nameHash(hash, lower[i]);
    }
    return hash;
  }
}
