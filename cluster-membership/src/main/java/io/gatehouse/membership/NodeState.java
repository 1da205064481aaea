package io.gatehouse.membership;

/** Liveness of a node as SWIM sees it (Das, Gupta, Motivala, 2002, section 4). */
public enum NodeState {
  /** Answers probes. */
  ALIVE,
  /** Missed a probe; declared dead unless it refutes in time. A hint to probe, not a verdict. */
  SUSPECT,
  /** Did not refute the suspicion. */
  DEAD,
  /** Said goodbye. */
  LEFT
}
