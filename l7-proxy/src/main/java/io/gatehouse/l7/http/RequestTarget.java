package io.gatehouse.l7.http;

import io.gatehouse.l7.http.HeadResult.Progress;
import org.jspecify.annotations.Nullable;

/**
 * Brings the path of a request into the one form that is routed on and sent upstream (RFC 3986
 * section 6.2.2): escapes of unreserved octets are decoded, other escapes get upper-case digits,
 * dot segments are removed. In place, since no step makes a path longer.
 *
 * <p>Refused is what servers read differently: an escaped slash, backslash or NUL, a plain
 * backslash, a dot segment with a parameter ({@code /..;/}), and {@code ..} beyond the root, which
 * RFC 3986 would drop but only attackers send. Empty segments stay ({@code //} is not merged): they
 * are legal and significant, and object stores have keys with them; a route's prefix sees them as
 * they are. The query is passed on untouched.
 */
public final class RequestTarget {
  private RequestTarget() {}

  /**
   * Normalises the target of a head that has been parsed; afterwards {@link
   * HeaderBlock#pathLength()} may be asked for.
   */
  public static HeadResult normalise(HeaderBlock head) {
    if (head.method() == HttpMethod.CONNECT) {
      head.setPathLength(0);
      return Progress.DONE;
    }
    byte[] bytes = head.bytes();
    int start = head.targetStart();
    int end = start + head.targetLength();
    int pathEnd = start;
    boolean normal = true;
    for (; pathEnd < end && bytes[pathEnd] != '?'; pathEnd++) {
      byte octet = bytes[pathEnd];
      if (octet == '%' || octet == '\\') {
        normal = false;
      } else if (octet == '.' && pathEnd > start && bytes[pathEnd - 1] == '/') {
        normal = false;
      }
    }
    if (normal) {
      head.setPathLength(pathEnd - start);
      return Progress.DONE;
    }
    return rewrite(head, start, pathEnd, end);
  }

  private static HeadResult rewrite(HeaderBlock head, int start, int pathEnd, int end) {
    byte[] bytes = head.bytes();
    HttpViolation violation = checkOctets(bytes, start, pathEnd);
    if (violation != null) {
      return violation;
    }
    int decodedEnd = decode(bytes, start, pathEnd);
    violation = checkDotSegments(bytes, start, decodedEnd);
    if (violation != null) {
      return violation;
    }
    int newEnd = removeDotSegments(bytes, start, decodedEnd);
    System.arraycopy(bytes, pathEnd, bytes, newEnd, end - pathEnd);
    head.setTarget(start, newEnd - start + end - pathEnd);
    head.setPathLength(newEnd - start);
    return Progress.DONE;
  }

  private static @Nullable HttpViolation checkOctets(byte[] bytes, int start, int end) {
    for (int i = start; i < end; i++) {
      if (bytes[i] == '\\') {
        return HttpViolation.BACKSLASH_IN_PATH;
      }
      if (bytes[i] != '%') {
        continue;
      }
      if (i + 2 >= end || Syntax.hex(bytes[i + 1]) < 0 || Syntax.hex(bytes[i + 2]) < 0) {
        return HttpViolation.PERCENT_ENCODING_INVALID;
      }
      switch (escaped(bytes, i)) {
        case 0 -> {
          return HttpViolation.ENCODED_NUL;
        }
        case '/', '\\' -> {
          return HttpViolation.ENCODED_SEPARATOR;
        }
        default -> i += 2;
      }
    }
    return null;
  }

  private static int escaped(byte[] bytes, int percent) {
    return Syntax.hex(bytes[percent + 1]) << 4 | Syntax.hex(bytes[percent + 2]);
  }

  /** Decodes what is unreserved and returns the new end. */
  private static int decode(byte[] bytes, int start, int end) {
    int to = start;
    for (int from = start; from < end; from++) {
      if (bytes[from] != '%') {
        bytes[to++] = bytes[from];
        continue;
      }
      int octet = escaped(bytes, from);
      if (Syntax.isUnreserved(octet)) {
        bytes[to++] = (byte) octet;
      } else {
        bytes[to++] = '%';
        bytes[to++] = Syntax.upper(bytes[from + 1]);
        bytes[to++] = Syntax.upper(bytes[from + 2]);
      }
      from += 2;
    }
    return to;
  }

  private static @Nullable HttpViolation checkDotSegments(byte[] bytes, int start, int end) {
    int depth = 0;
    for (int slash = start; slash < end; ) {
      int next = endOfSegment(bytes, slash + 1, end);
      int dots = dots(bytes, slash + 1, next);
      int dotsEnd = slash + 1 + dots;
      if (dots > 0 && dotsEnd < next) {
        if (bytes[dotsEnd] == ';') {
          return HttpViolation.DOT_SEGMENT_PARAMETER;
        }
        dots = 0;
      }
      depth += dots == 2 ? -1 : dots == 0 ? 1 : 0;
      if (depth < 0) {
        return HttpViolation.PATH_ABOVE_ROOT;
      }
      slash = next;
    }
    return null;
  }

  /** Removes them as RFC 3986 section 5.2.4 does and returns the new end. */
  private static int removeDotSegments(byte[] bytes, int start, int end) {
    int to = start;
    for (int slash = start; slash < end; ) {
      int next = endOfSegment(bytes, slash + 1, end);
      int dots = slash + 1 + dots(bytes, slash + 1, next) == next ? next - slash - 1 : 0;
      if (dots == 0) {
        System.arraycopy(bytes, slash, bytes, to, next - slash);
        to += next - slash;
      } else {
        if (dots == 2) {
          to = lastSlash(bytes, start, to);
        }
        if (next == end) {
          bytes[to++] = '/';
        }
      }
      slash = next;
    }
    if (to == start) {
      bytes[to++] = '/';
    }
    return to;
  }

  private static int endOfSegment(byte[] bytes, int from, int end) {
    int i = from;
    while (i < end && bytes[i] != '/') {
      i++;
    }
    return i;
  }

  /** How many dots, two at most, open the segment. */
  private static int dots(byte[] bytes, int from, int end) {
    int i = from;
    while (i < end && i < from + 2 && bytes[i] == '.') {
      i++;
    }
    return i - from;
  }

  private static int lastSlash(byte[] bytes, int start, int end) {
    int i = end - 1;
    while (i > start && bytes[i] != '/') {
      i--;
    }
    return i;
  }
}
