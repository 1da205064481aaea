package io.gatehouse.membership;

/**
 * How well this node itself keeps up (Lifeguard, section IV-A): from 0, well, to its maximum. Who
 * cannot hear acks in time sees dead nodes everywhere, so a node with doubts about itself gives
 * others more time. Owned by the ring's loop.
 */
final class LocalHealth {
  private final int max;
  private int score;

  LocalHealth(int max) {
    this.max = max;
  }

  int score() {
    return score;
  }

  /** A probe was answered. */
  void probeAnswered() {
    apply(-1);
  }

  /**
   * A probe was not answered.
   *
   * @param helpers members that were asked to ping for this node
   * @param heard how many of them said that they had no answer either: proof that this node hears
   */
  void probeFailed(int helpers, int heard) {
    apply(helpers == 0 ? 1 : Math.max(0, helpers - heard));
  }

  /** This node had to contradict a suspicion, so it was slow to answer. */
  void refuted() {
    apply(1);
  }

  /** This node stood still. */
  void stoodStill() {
    apply(1);
  }

  /** What takes {@code nanos} when all is well. */
  long scale(long nanos) {
    return nanos * (score + 1);
  }

  private void apply(int delta) {
    score = Math.clamp((long) score + delta, 0, max);
  }
}
