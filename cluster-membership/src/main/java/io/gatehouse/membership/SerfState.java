package io.gatehouse.membership;

/**
 * The least that a Serf agent accepts behind a push/pull: its three Lamport clocks at 1 and no
 * intents, leavers or events. An agent refuses state that is not Serf's.
 */
final class SerfState {
  private static final int SERF_PUSH_PULL = 2;
  private static final byte[] MINIMAL =
      Msgpack.encode(
          SERF_PUSH_PULL,
          p -> {
            p.packMapHeader(6);
            Msgpack.packLong(p, "LTime", 1);
            Msgpack.packKey(p, "StatusLTimes");
            p.packMapHeader(0);
            Msgpack.packKey(p, "LeftMembers");
            p.packArrayHeader(0);
            Msgpack.packLong(p, "EventLTime", 1);
            Msgpack.packKey(p, "Events");
            p.packArrayHeader(0);
            Msgpack.packLong(p, "QueryLTime", 1);
          });

  private SerfState() {}

  static byte[] minimal() {
    return MINIMAL.clone();
  }
}
