package io.gatehouse.membership;

/**
 * The protocol versions of a node: least, greatest and current, of memberlist and of its delegate,
 * which is Serf. Six bytes on the wire.
 */
record Versions(int min, int max, int current, int delegateMin, int delegateMax, int delegate) {
  private static final int BYTES = 6;

  /** What Serf 0.8 and later speak: memberlist 2 of 1 to 5, Serf 4 of 2 to 5. */
  static final Versions OURS = new Versions(1, 5, 2, 2, 5, 4);

  /** Whether a node of these versions understands version 2 of memberlist's protocol. */
  boolean compatible() {
    return min > 0 && min <= OURS.current && OURS.current <= max;
  }

  byte[] toBytes() {
    return new byte[] {
      (byte) min,
      (byte) max,
      (byte) current,
      (byte) delegateMin,
      (byte) delegateMax,
      (byte) delegate
    };
  }

  /** Versions that were left out are taken for ours, as memberlist takes them for compatible. */
  static Versions of(byte[] bytes) throws MalformedMessageException {
    if (bytes.length == 0) {
      return OURS;
    }
    if (bytes.length != BYTES) {
      throw new MalformedMessageException(bytes.length + " version bytes");
    }
    return new Versions(
        bytes[0] & 0xff,
        bytes[1] & 0xff,
        bytes[2] & 0xff,
        bytes[3] & 0xff,
        bytes[4] & 0xff,
        bytes[5] & 0xff);
  }
}
