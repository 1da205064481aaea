package io.gatehouse.l7.http;

/**
 * Bounds of one message head.
 *
 * @param maxHeadBytes start line, fields and the empty line; {@link HttpViolation#HEAD_TOO_LARGE}
 *     beyond
 * @param maxTargetBytes request target; {@link HttpViolation#TARGET_TOO_LONG} beyond
 * @param maxHeaders number of fields; {@link HttpViolation#TOO_MANY_HEADERS} beyond
 */
public record HeadLimits(int maxHeadBytes, int maxTargetBytes, int maxHeaders) {
  /** Longest method that is read. */
  public static final int MAX_METHOD_BYTES = 32;

  /** Longest Host, with port: a DNS name of 255 octets, a colon and five digits. */
  public static final int MAX_HOST_BYTES = 261;

  private static final int MIN_HEAD_BYTES = 256;

  public HeadLimits {
    if (maxHeadBytes < MIN_HEAD_BYTES) {
      throw new IllegalArgumentException(
          "maxHeadBytes: %d (expected: >= %d)".formatted(maxHeadBytes, MIN_HEAD_BYTES));
    }
    if (maxTargetBytes < 1) {
      throw new IllegalArgumentException(
          "maxTargetBytes: %d (expected: > 0)".formatted(maxTargetBytes));
    }
    if (maxHeaders < 1) {
      throw new IllegalArgumentException("maxHeaders: %d (expected: > 0)".formatted(maxHeaders));
    }
  }
}
