package io.gatehouse.l7;

/**
 * What becomes of a path that servers read in more than one way, before it is routed on and sent
 * upstream. Whatever is chosen, routes and backends see the same form.
 */
public record PathPolicy(
    DotSegments dotSegments, RepeatedSlashes repeatedSlashes, EscapedSlashes escapedSlashes) {
  /** Refuses what is only ever seen in attacks, and changes nothing that has a meaning. */
  public static final PathPolicy DEFAULT =
      new PathPolicy(DotSegments.NORMALISE, RepeatedSlashes.KEEP, EscapedSlashes.REJECT);

  /** {@code /a/./b} and {@code /a/../b}, in plain or escaped dots. */
  public enum DotSegments {
    /** Removed (RFC 3986 section 5.2.4); 400 if they lead above the root. */
    NORMALISE,
    /** 400. */
    REJECT
  }

  /** {@code /a//b}. */
  public enum RepeatedSlashes {
    /** As they are: object stores have keys with empty segments. */
    KEEP,
    /** One slash for each run, before dot segments are removed. */
    MERGE,
    /** 400. */
    REJECT
  }

  /** {@code /a%2Fb}, and {@code /a%5Cb} with a backslash. */
  public enum EscapedSlashes {
    /** 400. */
    REJECT,
    /** As they are: part of a segment. 400 where they would hide a dot segment. */
    KEEP,
    /** A slash like any other, from the start; 400 for a backslash. */
    DECODE
  }
}
