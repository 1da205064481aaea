package io.gatehouse.l4;

/**
 * Names connections so that no two have the same name, over all nodes and restarts: the node, when
 * it started, and a number. Each loop counts by itself, in steps of the number of loops. Owned by
 * one event loop.
 */
final class UniqueIds {
  private static final int RADIX = 36;

  private final String prefix;
  private final int step;
  private long next;

  /**
   * @param node at most {@value L4Config#MAX_NODE_NAME_LENGTH} characters, so that an id stays
   *     below the 128 bytes of a PROXY UNIQUE_ID
   * @param loop index of this loop
   * @param loops number of loops
   */
  UniqueIds(String node, long startedEpochMillis, int loop, int loops) {
    this.prefix = node + '/' + Long.toString(startedEpochMillis, RADIX) + '-';
    this.step = loops;
    this.next = loop;
  }

  /** {@code node/start-number}, in visible ASCII characters; readers cut the node at the slash. */
  String next() {
    var id = prefix + Long.toString(next, RADIX);
    next += step;
    return id;
  }
}
