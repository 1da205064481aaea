package io.gatehouse.membership;

/** Is told of every verdict of every node. */
@FunctionalInterface
interface Watcher {
  /** {@code observer} now holds {@code subject} to be in this state. */
  void changed(long atNanos, int observer, int subject, NodeState state);
}
