package io.gatehouse.health;

/**
 * What one node sees of one endpoint by its own probes. Only the observer itself makes it; later
 * evidence replaces earlier: by boot epoch, then by sequence.
 *
 * @param verdict UNKNOWN: it does not (any longer) probe the endpoint
 * @param weightPercent of its configured weight, as the endpoint wants it
 * @param cause why, for the operator
 * @param sinceMillis when the verdict became that, Unix time by the observer's clock
 * @param epoch Unix time in milliseconds at which the observer started
 * @param sequence counts what the observer has said since then
 */
record Evidence(
    String observer,
    EndpointKey key,
    Verdict verdict,
    int weightPercent,
    String cause,
    long sinceMillis,
    long epoch,
    long sequence) {

  /** Longest name of an observer, a pool or an endpoint, in bytes of UTF-8. */
  static final int MAX_NAME_BYTES = 256;

  /** Longest cause in characters; a longer one is cut. */
  static final int MAX_CAUSE_CHARS = 120;

  boolean isNewerThan(Evidence other) {
    return epoch != other.epoch ? epoch > other.epoch : sequence > other.sequence;
  }

  /** A cause that fits: visible ASCII and spaces, cut to its longest length. */
  static String plain(String cause) {
    int length = Math.min(cause.length(), MAX_CAUSE_CHARS);
    var plain = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      char c = cause.charAt(i);
      plain.append(c < ' ' ? ' ' : c > '~' ? '?' : c);
    }
    return plain.toString().strip();
  }
}
