package io.gatehouse.l4;

/** Names the connections of one loop, which counts in steps of the number of loops; owned by it. */
final class UniqueIds {
  private final String node;
  private final long startedEpochMillis;
  private final int step;
  private long next;

  /**
   * @param node at most {@value L4Config#MAX_NODE_NAME_LENGTH} characters, so that an id stays
   *     below the 128 bytes of a PROXY UNIQUE_ID
   * @param loop index of this loop
   * @param loops number of loops
   */
  UniqueIds(String node, long startedEpochMillis, int loop, int loops) {
    this.node = node;
    this.startedEpochMillis = startedEpochMillis;
    this.step = loops;
    this.next = loop;
  }

  UniqueId next() {
    var id = new UniqueId(node, startedEpochMillis, next);
    next += step;
    return id;
  }
}
