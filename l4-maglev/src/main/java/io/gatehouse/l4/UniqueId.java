package io.gatehouse.l4;

/**
 * The name of a connection, of which no other has the same, over all nodes and restarts.
 *
 * @param node that accepted it
 * @param startEpochMillis when that node started
 * @param number since then
 */
record UniqueId(String node, long startEpochMillis, long number) {
  private static final int RADIX = 36;

  /** {@code node/start-number}, in visible ASCII characters; readers cut the node at the slash. */
  @Override
  public String toString() {
    return node + '/' + Long.toString(startEpochMillis, RADIX) + '-' + Long.toString(number, RADIX);
  }
}
