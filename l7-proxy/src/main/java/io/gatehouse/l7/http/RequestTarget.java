package io.gatehouse.l7.http;

import io.gatehouse.l7.PathPolicy;
import io.gatehouse.l7.http.HeadResult.Progress;
import org.jspecify.annotations.Nullable;

/**
 * Brings the path of a request into the one form that is routed on and sent upstream (RFC 3986
 * section 6.2.2): escapes of unreserved octets are decoded, other escapes get upper-case digits,
 * dot segments are removed. In place, since no step makes a path longer.
 *
 * <p>Refused is what servers read differently: an escaped NUL, a plain backslash, a dot segment
 * with a parameter ({@code /..;/}), and {@code ..} beyond the root, which RFC 3986 would drop but
 * only attackers send. A {@link PathPolicy} says what becomes of escaped and repeated slashes and
 * of dot segments. The query is passed on untouched.
 */
public final class RequestTarget {
  private RequestTarget() {}

  /**
   * Normalises the target of a head that has been parsed; afterwards {@link
   * HeaderBlock#pathLength()} may be asked for.
   */
  public static HeadResult normalise(HeaderBlock head, PathPolicy policy) {
    if (head.method() == HttpMethod.CONNECT) {
      head.setPathLength(0);
      return Progress.DONE;
    }
    byte[] bytes = head.bytes();
    int start = head.targetStart();
    int end = start + head.targetLength();
    int pathEnd = start;
    boolean normal = true;
    boolean slashesMayRepeat = policy.repeatedSlashes() == PathPolicy.RepeatedSlashes.KEEP;
    for (; pathEnd < end && bytes[pathEnd] != '?'; pathEnd++) {
      byte octet = bytes[pathEnd];
      if (octet == '%' || octet == '\\') {
        normal = false;
      } else if (pathEnd > start && bytes[pathEnd - 1] == '/') {
        normal &= octet != '.' && (octet != '/' || slashesMayRepeat);
      }
    }
    if (normal) {
      head.setPathLength(pathEnd - start);
      return Progress.DONE;
    }
    return rewrite(head, policy, start, pathEnd, end);
  }

  private static HeadResult rewrite(
      HeaderBlock head, PathPolicy policy, int start, int pathEnd, int end) {
    byte[] bytes = head.bytes();
    HttpViolation violation = checkOctets(bytes, start, pathEnd, policy.escapedSlashes());
    if (violation != null) {
      return violation;
    }
    int decodedEnd = decode(bytes, start, pathEnd, policy.escapedSlashes());
    if (policy.repeatedSlashes() != PathPolicy.RepeatedSlashes.KEEP) {
      int mergedEnd = mergeSlashes(bytes, start, decodedEnd);
      if (mergedEnd < decodedEnd && policy.repeatedSlashes() == PathPolicy.RepeatedSlashes.REJECT) {
        return HttpViolation.EMPTY_SEGMENT;
      }
      decodedEnd = mergedEnd;
    }
    violation = checkDotSegments(bytes, start, decodedEnd, policy);
    if (violation != null) {
      return violation;
    }
    int newEnd = removeDotSegments(bytes, start, decodedEnd);
    System.arraycopy(bytes, pathEnd, bytes, newEnd, end - pathEnd);
    head.setTarget(start, newEnd - start + end - pathEnd);
    head.setPathLength(newEnd - start);
    return Progress.DONE;
  }

  private static @Nullable HttpViolation checkOctets(
      byte[] bytes, int start, int end, PathPolicy.EscapedSlashes slashes) {
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
      int octet = escaped(bytes, i);
      if (octet == 0) {
        return HttpViolation.ENCODED_NUL;
      }
      if ((octet == '/' && slashes == PathPolicy.EscapedSlashes.REJECT)
          || (octet == '\\' && slashes != PathPolicy.EscapedSlashes.KEEP)) {
        return HttpViolation.ENCODED_SEPARATOR;
      }
      i += 2;
    }
    return null;
  }

  private static int escaped(byte[] bytes, int percent) {
    return Syntax.hex(bytes[percent + 1]) << 4 | Syntax.hex(bytes[percent + 2]);
  }

  /** Decodes what is unreserved, and slashes if they are to be, and returns the new end. */
  private static int decode(byte[] bytes, int start, int end, PathPolicy.EscapedSlashes slashes) {
    int to = start;
    for (int from = start; from < end; from++) {
      if (bytes[from] != '%') {
        bytes[to++] = bytes[from];
        continue;
      }
      int octet = escaped(bytes, from);
      boolean slash = octet == '/' && slashes == PathPolicy.EscapedSlashes.DECODE;
      if (slash || Syntax.isUnreserved(octet)) {
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

  /** Makes one slash of each run of them and returns the new end. */
  private static int mergeSlashes(byte[] bytes, int start, int end) {
    int to = start;
    for (int from = start; from < end; from++) {
      if (bytes[from] != '/' || to == start || bytes[to - 1] != '/') {
        bytes[to++] = bytes[from];
      }
    }
    return to;
  }

  private static @Nullable HttpViolation checkDotSegments(
      byte[] bytes, int start, int end, PathPolicy policy) {
    if (policy.escapedSlashes() == PathPolicy.EscapedSlashes.KEEP
        && hidesDotSegment(bytes, start, end)) {
      return HttpViolation.ENCODED_SEPARATOR;
    }
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
      if (dots > 0 && policy.dotSegments() == PathPolicy.DotSegments.REJECT) {
        return HttpViolation.DOT_SEGMENT;
      }
      depth += dots == 2 ? -1 : dots == 0 ? 1 : 0;
      if (depth < 0) {
        return HttpViolation.PATH_ABOVE_ROOT;
      }
      slash = next;
    }
    return null;
  }

  /** Whether a server that decodes escaped slashes would find a dot segment beside one. */
  private static boolean hidesDotSegment(byte[] bytes, int start, int end) {
    boolean escapedBefore = false;
    for (int at = start; at < end; ) {
      int next = at;
      while (next < end && bytes[next] != '/' && !isEscapedSlash(bytes, next, end)) {
        next++;
      }
      boolean escapedAfter = next < end && bytes[next] != '/';
      int afterDots = at + dots(bytes, at, next);
      boolean dotSegment = afterDots > at && (afterDots == next || bytes[afterDots] == ';');
      if (dotSegment && (escapedBefore || escapedAfter)) {
        return true;
      }
      escapedBefore = escapedAfter;
      at = next + (escapedAfter ? 3 : 1);
    }
    return false;
  }

  private static boolean isEscapedSlash(byte[] bytes, int at, int end) {
    if (bytes[at] != '%' || at + 2 >= end) {
      return false;
    }
    int octet = escaped(bytes, at);
    return octet == '/' || octet == '\\';
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
