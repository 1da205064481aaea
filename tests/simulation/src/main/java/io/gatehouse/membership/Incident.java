package io.gatehouse.membership;

/**
 * Something that goes wrong, and when: nanoseconds from the scenario's start. What has an end ends
 * by itself.
 */
sealed interface Incident {
  long fromNanos();

  /** Nothing gets from some nodes to others; the other way remains. */
  record Cut(long fromNanos, long untilNanos, Nodes senders, Nodes receivers) implements Incident {}

  /** Nothing gets from one side to the rest or back. */
  record Partition(long fromNanos, long untilNanos, Nodes side) implements Incident {}

  /** A node loses this share of what it sends and gets, on top of the network's loss. */
  record HalfDetached(long fromNanos, long untilNanos, int node, double loss) implements Incident {}

  /**
   * A slow member, as Lifeguard's authors made theirs: again and again its sending and receiving
   * stands still for a while, although its timers run. What comes waits as far as a socket's buffer
   * holds it; what it sends goes out at the end.
   */
  record Slow(
      long fromNanos,
      long untilNanos,
      int node,
      long minBlockedNanos,
      long maxBlockedNanos,
      long minWorkingNanos,
      long maxWorkingNanos)
      implements Incident {}

  /** The whole process stands still, timers and all, and then goes on (SIGSTOP, a moved VM). */
  record Pause(long fromNanos, long untilNanos, int node) implements Incident {}

  /**
   * The process is gone, and is started again if {@code untilNanos} is later than the crash.
   *
   * @param disk whether it then has what it had stored; else it knows its seeds alone
   */
  record Crash(long fromNanos, long untilNanos, int node, boolean disk) implements Incident {}
}
