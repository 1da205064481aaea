package io.gatehouse.membership;

import java.nio.charset.StandardCharsets;

/**
 * Who may be in the ring.
 *
 * @param keys by which packets and streams are encrypted and authenticated
 * @param label before every packet and stream, and authenticated with it; what carries another is
 *     dropped, so that two rings that reach each other never merge. Empty: none; at most 255 bytes.
 *     Serf's agents have none
 */
public record RingSecurity(RingKeys keys, String label) {
  /** Neither keys nor a label: whoever reaches the port may join. */
  public static final RingSecurity NONE = new RingSecurity(new RingKeys.None(), "");

  /** Longest label in bytes. */
  public static final int MAX_LABEL_BYTES = 255;

  /**
   * @throws IllegalArgumentException if the label is too long
   */
  public RingSecurity {
    int bytes = label.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_LABEL_BYTES) {
      throw new IllegalArgumentException(
          "label: %d bytes (expected: at most %d)".formatted(bytes, MAX_LABEL_BYTES));
    }
  }

  /** Bytes that label and encryption take of each packet. */
  int packetOverheadBytes() {
    int sealing = keys instanceof RingKeys.None ? 0 : Sealing.OVERHEAD_BYTES;
    return Label.of(label).overheadBytes() + sealing;
  }
}
