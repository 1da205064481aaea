package io.gatehouse.membership;

/**
 * What the ring may use, whatever its peers send. Each limit that bites is counted by {@link
 * RingCounter} and logged.
 *
 * @param packetBytes largest packet sent, below the path's MTU. Raise it only where every path
 *     carries larger datagrams; any node receives up to 9,000 bytes
 * @param metaBytes largest encoded tags, here and in what others say; Serf's agents allow 512
 * @param members nodes known at once, the dead that are not forgotten yet included; more are
 *     refused
 * @param stateBytes largest push/pull state that is read or sent, in bytes
 * @param streams TCP exchanges under way at once, each direction counted; more are refused
 * @param broadcasts messages that wait to be gossiped; beyond it the most often sent goes first
 * @param pendingIndirectProbes pings under way on behalf of other members; more are refused
 * @param serf what the layer above SWIM may use
 */
public record Limits(
    int packetBytes,
    int metaBytes,
    int members,
    int stateBytes,
    int streams,
    int broadcasts,
    int pendingIndirectProbes,
    SerfLimits serf) {

  /** For rings of up to 8,192 nodes. */
  public static final Limits DEFAULT =
      new Limits(1400, 512, 8192, 4 << 20, 128, 8192, 1024, SerfLimits.DEFAULT);

  private static final int MIN_PACKET_BYTES = 1100;
  static final int MAX_PACKET_BYTES = 9000;
  private static final int MAX_META_BYTES = 512;
  private static final int MAX_MEMBERS = 1 << 17;
  private static final int MAX_STATE_BYTES = 64 << 20;

  public Limits {
    // An alive message (name, meta, address, keys) must fit one packet.
    within("packetBytes", packetBytes, MIN_PACKET_BYTES, MAX_PACKET_BYTES);
    within("metaBytes", metaBytes, 0, MAX_META_BYTES);
    within("members", members, 1, MAX_MEMBERS);
    within("stateBytes", stateBytes, 4096, MAX_STATE_BYTES);
    within("streams", streams, 1, 1 << 16);
    within("broadcasts", broadcasts, 1, MAX_MEMBERS);
    within("pendingIndirectProbes", pendingIndirectProbes, 1, 1 << 16);
  }

  /**
   * Bytes of all streams together that wait until a whole frame is there to decrypt or unpack: room
   * for four of the largest states.
   */
  int streamBufferBytes() {
    return 4 * stateBytes;
  }

  private static void within(String field, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "%s: %d (expected: %d to %d)".formatted(field, value, min, max));
    }
  }
}
