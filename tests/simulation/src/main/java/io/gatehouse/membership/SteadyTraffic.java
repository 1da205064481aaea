package io.gatehouse.membership;

/**
 * What memberlist's parameters say a member sends in a ring in which nothing happens. Each interval
 * it sends one ping, and answers one on average; and it opens, and answers on average, one
 * push/pull of the whole state in each push/pull interval, which is stretched for large rings.
 *
 * @param packets a second
 * @param bytes a second, packets and streams
 */
record SteadyTraffic(double packets, double bytes) {
  private static final double NANOS = 1e9;

  static SteadyTraffic of(int nodes, Timing timing) {
    double probes = NANOS / timing.probeIntervalNanos();
    double exchanges = NANOS / Formulas.pushPullNanos(timing.pushPullIntervalNanos(), nodes);
    String name = SimulatedRing.name(nodes / 2);
    var address = SimulatedRing.address(nodes / 2);
    long seq = 1L << 31;
    int ping = packetBytes(new Message.Ping(seq, name, address, name));
    int ack = packetBytes(new Message.Ack(seq));
    return new SteadyTraffic(2 * probes, probes * (ping + ack) + exchanges * 2 * stateBytes(nodes));
  }

  private static int packetBytes(Message message) {
    return MessageEncoder.CRC_BYTES + MessageEncoder.encode(message).length;
  }

  private static long stateBytes(int nodes) {
    var meta = new Meta(Tags.encode(java.util.Map.of(Member.TAG_ROLE, "l7")));
    var entry =
        new Message.Entry(
            SimulatedRing.name(nodes / 2),
            SimulatedRing.address(nodes / 2),
            meta,
            1,
            NodeState.ALIVE,
            Versions.OURS);
    int empty =
        MessageEncoder.encode(new Message.PushPull(false, java.util.List.of(), UserData.NONE))
            .length;
    int one =
        MessageEncoder.encode(new Message.PushPull(false, java.util.List.of(entry), UserData.NONE))
            .length;
    return empty + (long) nodes * (one - empty);
  }
}
